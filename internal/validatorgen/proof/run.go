package proof

import (
	"context"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"sync"
	"text/tabwriter"
)

// Report has the results of judging documents.
type Report struct {
	Documents, Valid int
	Keywords         map[string]Count // By the keywords of the documents' schemas.
	Differences      map[string]int   // The number of documents, by oracle and name of the difference.
	Wrong            []*Disagreement
}

// Count has numbers of documents.
type Count struct{ Documents, Disagreements, Differences int }

func newReport() *Report { return &Report{Keywords: map[string]Count{}, Differences: map[string]int{}} }

// add adds the results of one document.
func (r *Report) add(d *Document, wrong []*Disagreement, excused []string) {
	r.Documents++
	if d.Valid() {
		r.Valid++
	}
	for _, keyword := range d.Subject.Keywords {
		c := r.Keywords[keyword]
		c.Documents++
		c.Disagreements += min(1, len(wrong))
		c.Differences += min(1, len(excused))
		r.Keywords[keyword] = c
	}
	for _, name := range excused {
		r.Differences[name]++
	}
	r.Wrong = append(r.Wrong, wrong...)
}

// join adds another report.
func (r *Report) join(s *Report) {
	r.Documents += s.Documents
	r.Valid += s.Valid
	for keyword, c := range s.Keywords {
		sum := r.Keywords[keyword]
		r.Keywords[keyword] = Count{sum.Documents + c.Documents, sum.Disagreements + c.Disagreements, sum.Differences + c.Differences}
	}
	for name, n := range s.Differences {
		r.Differences[name] += n
	}
	r.Wrong = append(r.Wrong, s.Wrong...)
}

// Print writes the report as tables.
func (r *Report) Print(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "keyword\tdocuments\tdisagreements\tdocumented differences\t\n")
	for _, keyword := range slices.Sorted(maps.Keys(r.Keywords)) {
		c := r.Keywords[keyword]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t\n", keyword, c.Documents, c.Disagreements, c.Differences)
	}
	fmt.Fprintf(w, "all\t%d\t%d\t\t\n\ndifference\tdocuments\t\t\t\n", r.Documents, len(r.Wrong))
	for _, name := range slices.Sorted(maps.Keys(r.Differences)) {
		fmt.Fprintf(w, "%s\t%d\t\t\t\n", name, r.Differences[name])
	}
	return w.Flush()
}

// block is the number of documents that one Maker makes. Each block has a seed of its
// own, so that the documents do not depend on the number of processors.
const block = 1000

// Run makes and judges n documents, rounded up to whole blocks, of some subjects in
// turn; subjects with many keywords take more turns. Ajv judges, too, if ajv is its
// folder. Run calls progress with the number of documents judged so far.
func Run(ctx context.Context, all []*Subject, n int, seed uint64, ajv string, progress func(done int)) (*Report, error) {
	var subjects []*Subject
	for _, s := range all {
		times := 1
		if !s.Cases() {
			times = 10
		}
		subjects = append(subjects, slices.Repeat([]*Subject{s}, times)...)
	}
	var (
		joined = newReport()
		failed error
		mu     sync.Mutex
		group  sync.WaitGroup
		blocks = make(chan int)
	)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			if err := work(ctx, blocks, seed, ajv, subjects, func(r *Report) {
				mu.Lock()
				defer mu.Unlock()
				joined.join(r)
				progress(joined.Documents)
			}); err != nil {
				mu.Lock()
				failed = err
				mu.Unlock()
				for range blocks { // Do not block the sender.
				}
			}
		})
	}
	for b := range (n + block - 1) / block {
		blocks <- b
	}
	close(blocks)
	group.Wait()
	return joined, failed
}

// work makes and judges blocks.
func work(ctx context.Context, blocks <-chan int, seed uint64, ajv string, subjects []*Subject, done func(*Report)) (err error) {
	var judge *Ajv
	if ajv != "" {
		if judge, err = StartAjv(ctx, ajv); err != nil {
			return err
		}
		defer judge.Close()
	}
	for b := range blocks {
		m, r := NewMaker(seed+uint64(b)<<32), newReport()
		documents := make([]*Document, block)
		for i := range documents {
			s := subjects[(b*block+i)%len(subjects)]
			documents[i] = NewDocument(s, m.Text(s.Schema))
		}
		byAjv := make([][]*Disagreement, block)
		excusedByAjv := make([][]string, block)
		if judge != nil {
			verdicts, err := judge.Valid(documents)
			if err != nil {
				return err
			}
			for i, d := range documents {
				ours, _ := d.Subject.Ours(d.Text)
				byAjv[i], excusedByAjv[i] = compare(d, ours, "ajv", verdicts[i])
			}
		}
		for i, d := range documents {
			wrong, excused := Judge(d)
			r.add(d, append(wrong, byAjv[i]...), append(excused, excusedByAjv[i]...))
		}
		done(r)
	}
	return nil
}

// RequestReport has the results of judging requests.
type RequestReport struct {
	Requests, Valid int
	Differences     map[string]int
	Wrong           []*RequestDisagreement
}

// RunRequests makes and judges at least n requests to some endpoints in turn.
func RunRequests(all []*Endpoint, n int, seed uint64) *RequestReport {
	m, r := NewMaker(seed), &RequestReport{Differences: map[string]int{}}
	for len(all) > 0 && r.Requests < n {
		for _, e := range all {
			request := m.Request(e)
			wrong, excused := JudgeRequest(request)
			r.Requests++
			if request.Valid() {
				r.Valid++
			}
			r.Wrong = append(r.Wrong, wrong...)
			for _, name := range excused {
				r.Differences[name]++
			}
		}
	}
	return r
}

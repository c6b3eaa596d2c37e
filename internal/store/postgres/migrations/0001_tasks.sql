CREATE TABLE IF NOT EXISTS tasks (
	id    uuid NOT NULL,
	title text COLLATE "C" NOT NULL,
	done  boolean NOT NULL
);

CREATE INDEX IF NOT EXISTS tasks_done_id ON tasks (done, id);

-- It comes last, since PostgreSQL uses the newer of two indexes that look equally
-- good. To a plan that is made when there is one task, the other one does, and
-- would be read from end to end later on.
ALTER TABLE tasks
	DROP CONSTRAINT IF EXISTS tasks_pkey,
	ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);

-- What was created with which key: the task as it was then.
CREATE TABLE IF NOT EXISTS idempotency_keys (
	owner   text COLLATE "C" NOT NULL,
	value   text COLLATE "C" NOT NULL,
	created timestamptz NOT NULL,
	id      uuid NOT NULL,
	title   text COLLATE "C" NOT NULL,
	done    boolean NOT NULL,
	PRIMARY KEY (owner, value)
);

CREATE INDEX IF NOT EXISTS idempotency_keys_created ON idempotency_keys (created);

PRAGMA application_id = 0x7461736b; -- "task", so that no other program's database is taken for one of ours.

-- Ids are 16 bytes, whose order as BLOBs is that of lists.
CREATE TABLE tasks (
	id    BLOB PRIMARY KEY,
	title TEXT NOT NULL,
	done  INTEGER NOT NULL
) WITHOUT ROWID;

-- Makes a page of what is done, or not, a range, however rare that is.
CREATE INDEX tasks_by_done ON tasks (done, id);

-- The tasks that were created with a key, as they were then.
CREATE TABLE keys (
	owner   TEXT NOT NULL,
	value   TEXT NOT NULL,
	created INTEGER NOT NULL, -- Milliseconds since 1970.
	id      BLOB NOT NULL,
	title   TEXT NOT NULL,
	done    INTEGER NOT NULL,
	PRIMARY KEY (owner, value)
) WITHOUT ROWID;

CREATE INDEX keys_by_created ON keys (created);

-- Which of a collection's indexes is searched, beside the model that its vectors come from: one row, so that both change in one step.

ALTER TABLE collections ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;

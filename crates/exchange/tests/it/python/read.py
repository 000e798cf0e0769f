"""Reads an export with pandas, prints what is in it, and writes it anew as pandas writes tables."""

import json
import sys
from pathlib import Path

import pandas

folder, rewritten = Path(sys.argv[1]), Path(sys.argv[2])
tables = {name: pandas.read_parquet(folder / name) for name in ("documents", "chunks")}
documents, chunks = tables["documents"], tables["chunks"]

texts = documents.set_index("id")["text"]
for chunk in chunks.itertuples():
    cut = texts[chunk.document].encode()[chunk.start : chunk.end].decode()
    assert cut == chunk.text, chunk.id

print(
    json.dumps(
        {
            "documents": {row.id: [row.text, list(row.tags), json.loads(row.fields), row.modified_at.isoformat()] for row in documents.itertuples()},
            "chunks": {row.id: [row.text, [float(value) for value in row.dense], [int(index) for index in row.lexical_indices]] for row in chunks.itertuples()},
        }
    )
)

manifest = json.loads((folder / "collection.json").read_text())
for name, table in tables.items():
    (rewritten / name).mkdir(parents=True)
    table.to_parquet(rewritten / name / "all.parquet", index=False)
    manifest[name]["files"] = [{"name": "all.parquet", "rows": len(table)}]
(rewritten / "collection.json").write_text(json.dumps(manifest))

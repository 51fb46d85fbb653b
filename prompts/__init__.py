"""What Songbird writes: a template a text, plain to read and to change. `KIND.plain.md.j2` needs no model."""

"""What the verbs print: results, figures, tables, progress and messages."""

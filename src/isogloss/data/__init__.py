"""Languages, readers of data, and supplies of further material."""

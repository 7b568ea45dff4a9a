"""One method a file; the folder says where it acts."""

"""Read files, folders and the hub: bytes in, examples out."""

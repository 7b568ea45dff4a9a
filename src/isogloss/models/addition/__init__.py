"""What is put into or around a network, and what is frozen meanwhile."""

"""Methods that act on the trained weights first."""

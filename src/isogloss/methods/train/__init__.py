"""Methods that act on the training first."""

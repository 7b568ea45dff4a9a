"""Methods that act after training."""

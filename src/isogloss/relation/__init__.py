"""How languages are related, and what that says of transfer; never imports torch."""

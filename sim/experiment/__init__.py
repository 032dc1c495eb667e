"""The four arms and what they answer."""

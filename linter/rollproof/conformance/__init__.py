"""What the API server would say of one object."""

"""Facts about Kubernetes, as pure functions."""

"""rollproof: a Kubernetes manifest linter and rollout-plan static analyzer."""

__version__ = "0.1.0"

"""What a rollout does: strategy, symbolic bounds, waves and a worst case step by step, knowing nothing of YAML or documents."""

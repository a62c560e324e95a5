"""What the manifests say: resources, workloads, and the questions one may ask across them."""

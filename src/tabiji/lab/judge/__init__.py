"""The kernel as judge: random estates, walk against kernel, shrinking."""

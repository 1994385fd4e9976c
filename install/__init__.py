"""Install the environments that `make` runs in; needs nothing but Python itself."""

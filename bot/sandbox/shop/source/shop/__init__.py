"""A small shop: a dashboard, products, a cart and a checkout."""

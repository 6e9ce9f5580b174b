-- The last day a product is sold, where somebody said so: 2026-12-31.
ALTER TABLE products ADD COLUMN best_before TEXT;

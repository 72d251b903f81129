"""The warehouse seam: how tables are created, published and read, and the engines behind it."""

"""Image files: download, check, convert, resize, keep and remove them."""

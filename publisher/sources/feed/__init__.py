"""A feed of another site -> articles: read, mended, known by its guids, and asked at a polite pace."""

"""Article: from files on disk to articles, or one clear problem each."""

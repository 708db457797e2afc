"""What a body may be written in beyond CommonMark: plugins of markdown-it, and the markup of other tools."""

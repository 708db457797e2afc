"""WebSub: telling the world that a feed has changed."""

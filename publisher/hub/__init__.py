"""WebSub: telling the world that a feed has changed.

`pings` is about hubs of others, the rest is our own hub.
"""

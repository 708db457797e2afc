"""Where the thing can be seen that an embed of another tool names by its service and key. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.markup.syntax.arguments import Arguments

# `{}` is the key. Services that are missing here are known by an address only.
_PAGES: Mapping[str, str] = {
    "youtube": "https://www.youtube.com/watch?v={}",
    "youtubelite": "https://www.youtube.com/watch?v={}",
    "liteyoutube": "https://www.youtube.com/watch?v={}",
    "vimeo": "https://vimeo.com/{}",
    "bilibili": "https://www.bilibili.com/video/{}",
    "niconico": "https://www.nicovideo.jp/watch/{}",
    "tweet": "https://x.com/i/status/{}",
    "twitter": "https://x.com/i/status/{}",
    "x": "https://x.com/i/status/{}",
    "instagram": "https://www.instagram.com/p/{}/",
    "gist": "https://gist.github.com/{}",
    "github": "https://github.com/{}",
    "codepen": "https://codepen.io/{}",
    "codesandbox": "https://codesandbox.io/s/{}",
    "stackblitz": "https://stackblitz.com/edit/{}",
    "jsfiddle": "https://jsfiddle.net/{}/",
    "speakerdeck": "https://speakerdeck.com/player/{}",
    "slideshare": "https://www.slideshare.net/slideshow/embed_code/key/{}",
    "docswell": "https://www.docswell.com/slide/{}/embed",
    "spotify": "https://open.spotify.com/track/{}",
    "asciinema": "https://asciinema.org/a/{}",
}
_ENDINGS = ("simple", "embed", "_enhanced", "-embed", "player")
_KEY_NAMES = ("id", "tweetid", "videoid", "video", "key", "tid")
_ADDRESS_NAMES = ("url", "href", "src", "link")


def is_service(name: str) -> bool:
    return _service(name) in _PAGES


def find_page(name: str, arguments: Arguments) -> str:
    """The address of the page, or an empty text when there is not enough to make one."""
    address = arguments.get(*_ADDRESS_NAMES) or next(filter(_is_address, arguments.positional), "")
    if address:
        return address
    page = _PAGES.get(_service(name), "")
    key = arguments.get(*_KEY_NAMES) or arguments.at(0)
    if not page or not key:
        return ""
    return _find_in_account(page, key, arguments) or page.format(key)


def _find_in_account(page: str, key: str, arguments: Arguments) -> str:
    """Some are named by the account and the key: `{{< gist user 1a2b >}}`, `{{< tweet user="x" id="1" >}}`."""
    account = arguments.get("user", "username", "author")
    if "x.com" in page:
        return f"https://x.com/{account}/status/{key}" if account else ""
    if "gist" in page:
        second = arguments.at(1)
        if account:
            return page.format(f"{account}/{key}")
        return page.format(f"{key}/{second}") if second and "/" not in key and "." not in second else ""
    if "codepen" in page and account:
        return page.format(f"{account}/pen/{key}")
    return ""


def _service(name: str) -> str:
    plain = name.lower().replace("-", "").partition(".")[0]
    for ending in _ENDINGS:
        plain = plain.removesuffix(ending.replace("-", "")) or plain
    return plain


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://"))

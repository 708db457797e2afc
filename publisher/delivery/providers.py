"""Which domains are one provider's, so that what one of them says counts for all. Pure.

Told by name, not by their mail servers: asking the DNS for every domain would take longer than the mailing. Domains of
one's own at a provider are counted by themselves.
"""

from __future__ import annotations

# The first of each line names the group.
_GROUPS = """\
gmail.com googlemail.com
outlook.com hotmail.com live.com msn.com outlook.jp hotmail.co.jp live.jp hotmail.co.uk hotmail.fr hotmail.de live.co.uk
yahoo.com ymail.com rocketmail.com aol.com yahoo.co.uk yahoo.fr yahoo.de yahoo.it yahoo.es yahoo.ca
yahoo.co.jp ybb.ne.jp
icloud.com me.com mac.com
docomo.ne.jp
au.com ezweb.ne.jp
softbank.ne.jp i.softbank.jp vodafone.ne.jp disney.ne.jp
gmx.net gmx.de gmx.at gmx.ch gmx.com web.de
proton.me protonmail.com pm.me
naver.com
qq.com foxmail.com
mail.ru bk.ru inbox.ru list.ru
"""

_GROUP_OF = {domain: line.split()[0] for line in _GROUPS.splitlines() for domain in line.split()}


def provider_of(domain: str) -> str:
    """The name of the group that `domain` (lower case) belongs to, or itself."""
    return _GROUP_OF.get(domain, domain)

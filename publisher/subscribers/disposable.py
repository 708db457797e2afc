"""Domains of mailboxes that are thrown away after an hour. Pure.

A short list of well-known ones: it keeps bounces down, and nobody who is determined out.
"""

from __future__ import annotations

from publisher.addresses import domain_of

_KNOWN = """
    0-mail.com 10minutemail.com 10minutemail.net 1secmail.com 1secmail.net 1secmail.org 20minutemail.com 33mail.com
    anonbox.net byom.de deadaddress.com discard.email discardmail.com dispostable.com dropmail.me emailfake.com
    emailondeck.com emltmp.com eyepaste.com fakeinbox.com fakemail.net fakemailgenerator.com filzmail.com
    getairmail.com getnada.com gishpuppy.com grr.la guerrillamail.biz guerrillamail.com guerrillamail.de
    guerrillamail.info guerrillamail.net guerrillamail.org guerrillamailblock.com harakirimail.com inboxbear.com
    inboxkitten.com incognitomail.com jetable.org kuku.lu mail-temporaire.fr mail.tm mailcatch.com maildrop.cc
    mailexpire.com mailforspam.com mailinator.com mailinator.net mailinator2.com mailmoat.com mailnesia.com
    mailnull.com mailsac.com mailtemp.info mintemail.com moakt.com mohmal.com mytemp.email mytrashmail.com nada.email
    no-spam.ws nowmymail.com pokemail.net sharklasers.com shortmail.net sneakemail.com spam4.me spambog.com
    spambox.us spamex.com spamgourmet.com spamspot.com sute.jp tempail.com tempinbox.com tempmail.dev tempmail.plus
    tempmailo.com tempr.email temp-mail.io temp-mail.org throwaway.email throwawaymail.com trash-mail.com
    trashmail.com trashmail.de trashmail.net trashmail.ws trbvm.com wegwerfmail.de wegwerfmail.net yopmail.com
    yopmail.fr yopmail.net
"""
DOMAINS = frozenset(_KNOWN.split())


def is_disposable(email: str) -> bool:
    """Whether it lies in one of the domains, or below one."""
    labels = domain_of(email).split(".")
    return any(".".join(labels[start:]) in DOMAINS for start in range(len(labels) - 1))

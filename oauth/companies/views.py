"""How companies, clients, contracts and terms are shown to operators. No secret, no digest."""

from collections.abc import Collection
from typing import Any

from kernel.times import Instant, render_millis
from oauth.companies.standing import Lack
from oauth.model.companies import Client, Company, Contract, StateChange
from oauth.model.people import TermsRef
from oauth.model.terms import TermsDocument
from oauth.model.texts import Bilingual


def company(one: Company) -> dict[str, Any]:
    """With every change of its state."""
    return {
        "id": one.id,
        "name": both(one.name),
        "address": one.address,
        "representative": one.representative,
        "corporateNumber": one.corporate_number,
        "contact": one.contact,
        "state": one.state.value,
        "epoch": one.epoch,
        "createdAt": render_millis(one.created_at),
        "changes": [_change(each) for each in one.changes],
    }


def client(one: Client, lacks: Collection[Lack] = ()) -> dict[str, Any]:
    """With what it still lacks before it works."""
    return {
        "id": one.id,
        "companyId": one.company_id,
        "kind": one.kind.value,
        "name": both(one.name),
        "redirectUris": list(one.redirect_uris),
        "formOrigins": list(one.form_origins),
        "grantTypes": sorted(one.grant_types),
        "scopes": sorted(one.scopes),
        "tenants": _sorted(one.tenants),
        "types": _sorted(one.types),
        "attributes": _sorted(one.attributes),
        "contact": one.contact,
        "logo": one.logo,
        "site": one.site,
        "termsUrl": one.terms_url,
        "terms": None if one.terms is None else ref(one.terms),
        "lacks": [each.value for each in lacks],
        "previousSecretUntil": _time(one.previous_until) if one.previous_digest else None,
        "createdAt": render_millis(one.created_at),
        "endedAt": _time(one.ended_at),
    }


def contract(one: Contract) -> dict[str, Any]:
    """One version, the ID among its items."""
    purpose = one.purpose
    return {
        "id": one.id,
        "clientId": one.client_id,
        "companyId": one.company_id,
        "version": one.version,
        "purpose": {
            "id": purpose.id,
            "category": purpose.category,
            "text": both(purpose.text),
            "benefit": both(purpose.benefit),
            "retention": purpose.retention,
        },
        "items": [
            {"item": each.item.value, "granularity": each.granularity, "required": each.required}
            for each in one.items
        ],
        "signedOn": _time(one.signed_on),
        "validFrom": render_millis(one.valid_from),
        "validUntil": render_millis(one.valid_until),
        "documentSha256": one.document_sha256,
        "validityMonths": one.validity_months,
        "mode": one.mode,
        "frequency": one.frequency,
        "readsPerDay": one.reads_per_day,
        "auditNoticeDays": one.audit_notice_days,
        "sources": list(one.sources),
        "records": one.records,
    }


def terms(one: TermsDocument) -> dict[str, Any]:
    """One version without its text."""
    return {
        "id": one.id,
        "version": one.version,
        "kind": one.kind.value,
        "owner": one.owner,
        "title": both(one.title),
        "sha256": one.sha256,
        "effectiveFrom": render_millis(one.effective_from),
        "clauses": list(one.mandatory),
        "complete": one.is_complete(),
    }


def text(one: TermsDocument) -> dict[str, Any]:
    """One version with its text."""
    return terms(one) | {"text": both(one.text)}


def both(one: Bilingual) -> dict[str, str]:
    """In both languages."""
    return {"ja": one.ja, "en": one.en}


def ref(one: TermsRef) -> dict[str, str]:
    """Which text, beyond doubt."""
    return {"id": one.id, "version": one.version, "sha256": one.sha256}


def _change(one: StateChange) -> dict[str, str]:
    return {
        "at": render_millis(one.at),
        "state": one.state.value,
        "by": one.by,
        "reason": one.reason,
    }


def _time(instant: Instant | None) -> str | None:
    return None if instant is None else render_millis(instant)


def _sorted(words: frozenset[str] | None) -> list[str] | None:
    return None if words is None else sorted(words)

"""The form of the answer: the best that a model takes, and plain text where that fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from nova_rft.errors import FormRefused
from nova_rft.judge._request import Form, JudgeModel, JudgeReply, JudgeRequest, Usage

# The model will not answer this question in any form.
_FINAL: Final = ("content_filtered", "guardrail_intervened", "content_filter")


class Formed:
    """Asks in the first form; what comes back without an answer is asked for once more as plain text.

    A form that the service refuses is not tried again once another has been taken.
    """

    def __init__(self, inner: JudgeModel, forms: Sequence[Form]) -> None:
        """Takes the forms to try, the best first; the last must be one that any model takes."""
        self._inner = inner
        self._forms = tuple(forms)
        self._refused: frozenset[Form] = frozenset()
        self.name = inner.name
        self.concurrency = inner.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The answer, in whatever form it came; see `JudgeModel.ask`."""
        if request.form is Form.FREE:
            return self._inner.ask(request, deadline=deadline)
        forms = [form for form in self._forms if self._fits(form, request)]
        refused: set[Form] = set()
        usage = Usage()
        while True:
            form = forms.pop(0)
            try:
                reply = self._inner.ask(replace(request, form=form), deadline=deadline)
            except FormRefused:
                if not forms:
                    raise
                refused.add(form)
                continue
            if refused:
                self._refused |= refused
                refused = set()
            usage = usage + reply.usage
            if reply.call is not None or not forms or reply.stop_reason in _FINAL:
                return replace(reply, usage=usage)
            forms = forms[-1:]

    def _fits(self, form: Form, request: JudgeRequest) -> bool:
        if form in self._refused:
            return False
        # The probabilities of a tool call's tokens are given by no service.
        return not (request.probabilities and form is Form.TOOL)

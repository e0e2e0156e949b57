"""Customization jobs: created, found, listed, stopped."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws._protocol import Operation, Request, ServiceError
from nova_rft.local_aws.bedrock._models import Models
from nova_rft.local_aws.bedrock._pages import listed
from nova_rft.local_aws.bedrock._places import check_places
from nova_rft.local_aws.bedrock._plan import plan_of
from nova_rft.local_aws.bedrock._record import JobRecord, about_model, new_job
from nova_rft.local_aws.bedrock._run import Run
from nova_rft.local_aws.bedrock._shelf import Shelf
from nova_rft.local_aws.bedrock._tags import Tags, check_tags
from nova_rft.local_aws.bedrock._train import Trained
from nova_rft.local_aws.training import Policy


class Jobs:
    """All customization jobs.

    A job holds its own lock while it asks for the one that all share; so nobody may do the reverse.
    """

    def __init__(
        self,
        policy: Policy,
        account: Account,
        faults: Faults,
        models: Models,
        tags: Tags,
        lock: threading.RLock,
    ) -> None:
        self._policy = policy
        self._account = account
        self._faults = faults
        self._models = models
        self._tags = tags
        self._lock = lock
        self._shelf = Shelf[JobRecord]("model customization job")
        self.operations: Mapping[str, Operation] = {
            "CreateModelCustomizationJob": self._create,
            "GetModelCustomizationJob": self._get,
            "ListModelCustomizationJobs": self._list,
            "StopModelCustomizationJob": self._stop,
        }

    def forget(self, identifier: str) -> bool:
        """Makes a job vanish, wherever it was made; False where there is none."""
        with self._lock:
            found = [
                one.thing
                for one in self._shelf.all()
                if identifier in (one.thing.arn, one.thing.name)
            ]
            for job in found:
                self._shelf.remove(job)
                self._tags.drop(job.arn)
        for job in found:
            # One that is just completing keeps its model, and the model its name.
            job.stop()
            self._models.release(str(job.shown["outputModelName"]), job.region)
        return bool(found)

    def _create(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        region = request.region
        with self._lock:
            known = self._shelf.made_by(asked, region)
            if known is not None:
                return {"jobArn": known.arn}
            self._shelf.refuse_name(asked["jobName"], region)
            self._models.refuse_name(asked["customModelName"], region)
            plan = plan_of(asked, region, self._models)
            check_tags(asked, "jobTags", "customModelTags")
            job = new_job(asked, plan, region)
            check_places(asked, plan, region, self._account, job.arn)
            self._shelf.put(job, asked)
            self._models.promise(asked["customModelName"], region, job)
            self._tags.put(job.arn, asked.get("jobTags", ()))
        run = Run(job, self._policy, self._account, self._faults, self._make_model)
        threading.Thread(target=run.walk, daemon=True).start()
        return {"jobArn": job.arn}

    def _make_model(self, job: JobRecord, trained: Trained) -> str:
        tags = job.request.get("customModelTags", ())
        return self._models.add(about_model(job), job.plan.base, job.region, tags, trained.by)

    def _find(self, asked: Mapping[str, Any], request: Request) -> JobRecord:
        with self._lock:
            return self._shelf.find(asked["jobIdentifier"], request.region)

    def _get(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        return self._find(asked, request).snapshot()

    def _stop(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        job = self._find(asked, request)
        if not job.stop():
            raise ServiceError(
                "ConflictException", f"The job is {job.shown['status']} and cannot be stopped"
            )
        return {}

    def _list(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            kept = self._shelf.all_in(request.region)
        jobs, rest = listed(kept, asked, "creationTime")
        return {
            "modelCustomizationJobSummaries": [job.summary() for job in jobs],
            "nextToken": rest,
        }

"""What a process has besides where several of them are one bot, on a PostgreSQL database."""

from __future__ import annotations

import os
import platform
import secrets
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import aiohttp

from config_values import Role
from jobs.leases import Leases, check_leases
from jobs.shared_queue import SharedScheduler
from services.cluster import Cluster
from storage.leases import LeaseRepository
from storage.processes import ProcessRepository, Signals, note_change

if TYPE_CHECKING:
    from app import App
    from config import Settings
    from jobs.cluster import ClusterWorker
    from jobs.options import JobOptions
    from storage.database import Database
    from storage.postgresql import PostgresEngine

BEATS: Final = 6
"""Heartbeats in the time that a lease lasts."""

NAME_LENGTH: Final = 40


class Shared:
    """The parts of the bot by which a process knows of the others."""

    def __init__(self, settings: Settings, database: Database, options: JobOptions) -> None:
        host = platform.node().replace(" ", "-")[:NAME_LENGTH]
        self.name = f"{host}-{os.getpid()}-{secrets.token_hex(4)}"
        self.queue = LeaseRepository(database, worker=self.name, lease_s=settings.lease_s)
        self.scheduler = SharedScheduler(
            self.queue,
            Leases(settings.lease_s),
            options,
            runs_jobs=settings.role is not Role.GATEWAY,
        )
        self.trace = aiohttp.TraceConfig()
        check_leases(self.trace)
        beat_s = settings.lease_s / BEATS
        self.processes = ProcessRepository(
            database, process=self.name, role=settings.role, beat_s=beat_s
        )
        self.cluster = Cluster(
            self.processes, Signals(cast("PostgresEngine", database.engine).conninfo), beat_s=beat_s
        )

    def connect(self, app: App) -> None:
        app.jobs.own = self.queue.take  # each step of a job takes the lease too
        worker = cast("ClusterWorker", app.worker)
        self.cluster.caches = {
            "rules": app.rules.repository,
            "filters": app.moderation.repository,
            "servers": app.choices.guilds,
            "people": app.choices.users,
        }
        for kind, cache in self.cluster.caches.items():
            cache.tell = partial(note_change, process=self.name, kind=kind)
        app.breaker.tell = worker.share_flux_state
        self.cluster.listeners = {
            "queue": worker.wake,
            "callback": worker.hear_of_callback,
            "flux": app.breaker.hear,
        }
        self.cluster.observers = [worker.share]
        app.client.take_shards = self.cluster.take_shards
        app.client.identify_turn = self.cluster.identify_turn
        check_leases(cast("aiohttp.TraceConfig", app.client.http.http_trace))

"""The schema, as an append-only list of steps: a shipped step is never edited.

A new PostgreSQL database starts with what all steps come to (`storage/postgresql_schema.py`). Steps
after the 23rd are SQL that both engines understand, and are added by `shared_step`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlite_utils import Database, Migrations

from storage.errors import StorageError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from sqlite_utils.db import Table

migrations = Migrations("fluxcord")

SHARED: Final[dict[str, tuple[str, ...]]] = {}
"""The statements of steps that both engines take, by their names, in order."""


def shared_step(name: str, *statements: str) -> None:
    """Add a step whose statements both engines understand; columns are `text` or `integer`."""

    @migrations(name=name)
    def apply(db: Database) -> None:
        for statement in statements:
            db.execute(statement)

    SHARED[name] = statements


def known_steps() -> list[str]:
    """Return the names of all steps, in order."""
    blank = Database(memory=True)
    names = [step.name for step in migrations.pending(blank)]
    blank.close()
    return names


def empty_schema() -> Database:
    """Return a database in memory that has what all steps come to."""
    blank = Database(memory=True)
    migrations.apply(blank)
    return blank


def data_tables(db: Database) -> list[Table]:
    """Return the tables that hold the bot's data, those that others refer to first."""
    return [table for table in db.tables if not table.name.startswith(("_", "sqlite_", "prompts"))]


def refuse_newer(conn: sqlite3.Connection, path: Path) -> None:
    """Check that every step that was applied is known here.

    Raises:
        StorageError: a newer Fluxcord wrote the file.
    """
    db = Database(conn, execute_plugins=False)
    if {step.name for step in migrations.applied(db)} - {*known_steps()}:
        raise StorageError(
            f"{path} was written by a newer Fluxcord than this one. Start the newer one, or set "
            "DATABASE_PATH to another file."
        )


def bring_up_to_date(conn: sqlite3.Connection) -> None:
    """Apply the steps that a file lacks."""
    # Without looking for plugins of the library among all that is installed.
    migrations.apply(Database(conn, execute_plugins=False))


@migrations()
def m001_jobs_images_settings(db: Database) -> None:
    """Jobs, their pictures, and what the bot remembers about itself."""
    db.table("jobs").create(
        {
            "id": str,
            "state": str,
            "created_at": str,
            "expected_at": str,
            "submitted_at": str,
            "fetched_at": str,
            "ended_at": str,
            "told_at": str,
            "command": str,
            "action": str,
            "prompt": str,
            "model": str,
            "size": str,
            "count": int,
            "spoiler": int,
            "source_url": str,
            "user_id": int,
            "user_name": str,
            "guild_id": int,
            "guild_name": str,
            "channel_id": int,
            "channel_name": str,
            "delivery": str,
            "interaction_id": int,
            "application_id": int,
            "interaction_token": str,
            "nonce": str,
            "message_id": int,
            "task_id": str,
            "trace_id": str,
            "estimated_microcredits": int,
            "charged_microcredits": int,
            "problem": str,
        },
        pk="id",
        not_null=(
            "state",
            "created_at",
            "expected_at",
            "command",
            "action",
            "prompt",
            "model",
            "size",
            "count",
            "spoiler",
            "user_id",
            "user_name",
            "channel_id",
            "delivery",
            "interaction_id",
            "application_id",
            "estimated_microcredits",
        ),
        strict=True,
    )
    jobs = db.table("jobs")
    jobs.create_index(["interaction_id"], unique=True)
    jobs.create_index(["told_at", "created_at"])
    jobs.create_index(["user_id", "created_at"])
    jobs.create_index(["guild_id", "created_at"])
    jobs.create_index(["model", "fetched_at"])
    db.table("images").create(
        {
            "job_id": str,
            "kind": str,
            "position": int,
            "file_name": str,
            "media_type": str,
            "width": int,
            "height": int,
            "bytes": int,
        },
        pk=("job_id", "kind", "position"),
        foreign_keys=[("job_id", "jobs", "id")],
        not_null=("file_name", "media_type", "width", "height", "bytes"),
        strict=True,
    )
    db.table("settings").create(
        {"key": str, "value": str}, pk="key", not_null=("value",), strict=True
    )
    db.create_view("usage", USAGE_VIEW_1)


USAGE_VIEW_1 = """
select
  created_at as requested_at,
  user_name as user,
  user_id,
  case when guild_id is null then 'direct message'
       else coalesce(guild_name, guild_id) || ' #' || coalesce(channel_name, channel_id)
  end as place,
  command,
  model,
  size,
  count,
  prompt,
  state,
  round((julianday(ended_at) - julianday(created_at)) * 86400, 1) as seconds,
  coalesce(charged_microcredits, estimated_microcredits) / 1000000.0 as credits,
  case when charged_microcredits is null then 'estimated' else 'charged' end as credits_are,
  task_id,
  problem as error_code,
  id as job_id
from jobs
"""


@migrations()
def m002_ledger_and_flags(db: Database) -> None:
    """Who pays for what, and what a job must remember to survive everything."""
    jobs = db.table("jobs")
    for column in (
        "announced_at",
        "callback_token",
        "cancel_asked_at",
        "overdue_at",
        "token_since",
        "retry_of",
    ):
        jobs.add_column(column, str)
    jobs.add_column("revision", int, not_null_default=0)
    # NULLs are all different to a unique index.
    jobs.create_index(["callback_token"], unique=True)
    jobs.create_index(["retry_of", "user_id"])
    jobs.create_index(["task_id"])
    db.execute("create index jobs_unfinished on jobs (user_id) where ended_at is null")
    db.table("ledger").create(
        {
            "id": int,
            "job_id": str,
            "payer": str,
            "kind": str,
            "microcredits": int,
            "is_estimate": int,
            "user_id": int,
            "guild_id": int,
            "requested_at": str,
            "created_at": str,
        },
        pk="id",
        foreign_keys=[("job_id", "jobs", "id")],
        not_null=(
            "job_id",
            "payer",
            "kind",
            "microcredits",
            "is_estimate",
            "user_id",
            "requested_at",
            "created_at",
        ),
        strict=True,
    )
    ledger = db.table("ledger")
    ledger.create_index(["job_id"])
    # Covering, so that a budget is summed from the index alone.
    ledger.create_index(["user_id", "payer", "requested_at", "microcredits"])
    ledger.create_index(["requested_at", "microcredits"])
    db.execute(BOOK_EARLIER_JOBS_2)


BOOK_EARLIER_JOBS_2 = """
insert into ledger
  (job_id, payer, kind, microcredits, is_estimate, user_id, guild_id, requested_at, created_at)
select
  id,
  payer,
  case when payer = 'house' then 'carried'
       when ended_at is null then 'reserved'
       else 'settled' end,
  microcredits,
  charged_microcredits is null,
  user_id,
  guild_id,
  created_at,
  coalesce(ended_at, created_at)
from (
  select
    *,
    coalesce(charged_microcredits, estimated_microcredits) as microcredits,
    case when state in ('refused', 'failed', 'cancelled') and coalesce(problem, '') not in (
      'message_gone', 'place_forbidden', 'response_expired', 'result_too_large'
    ) then 'house' else 'user' end as payer
  from jobs
)
where microcredits <> 0
order by created_at
"""


@migrations()
def m003_families_and_words(db: Database) -> None:
    """What a picture was made from, who may see it, and words to find it by."""
    jobs = db.table("jobs")
    jobs.add_column("parent_job_id", str)
    for column in ("parent_position", "source_channel_id", "source_message_id", "reply_to"):
        jobs.add_column(column, int)
    jobs.add_column("private", int, not_null_default=0)
    jobs.add_column("locale", str)
    jobs.create_index(["parent_job_id"])
    jobs.create_index(["message_id"])
    db.table("guild_settings").create(
        {"guild_id": int, "key": str, "value": str},
        pk=("guild_id", "key"),
        not_null=("value",),
        strict=True,
    )
    for statement in PROMPTS_3:
        db.execute(statement)


PROMPTS_3 = (
    # Trigrams find words also where no spaces stand between them. The rows' own numbers change
    # with a VACUUM, the id of what made a request does not.
    """
    create virtual table prompts using fts5 (
      prompt, content='jobs', content_rowid='interaction_id', tokenize='trigram'
    )
    """,
    "insert into prompts (rowid, prompt) select interaction_id, prompt from jobs",
    """
    create trigger prompts_added after insert on jobs begin
      insert into prompts (rowid, prompt) values (new.interaction_id, new.prompt);
    end
    """,
    """
    create trigger prompts_removed after delete on jobs begin
      insert into prompts (prompts, rowid, prompt)
        values ('delete', old.interaction_id, old.prompt);
    end
    """,
    # Only where the words change: every step of a job updates its row.
    """
    create trigger prompts_changed after update of prompt, interaction_id on jobs begin
      insert into prompts (prompts, rowid, prompt)
        values ('delete', old.interaction_id, old.prompt);
      insert into prompts (rowid, prompt) values (new.interaction_id, new.prompt);
    end
    """,
)


@migrations()
def m004_drafts(db: Database) -> None:
    """What was typed and refused, and which picture a form is about."""
    db.table("drafts").create(
        {"id": str, "user_id": int, "created_at": str, "content": str},
        pk="id",
        not_null=("user_id", "created_at", "content"),
        strict=True,
    )
    db.table("drafts").create_index(["user_id", "created_at"])
    db.table("drafts").create_index(["created_at"])


@migrations()
def m005_styles_and_removals(db: Database) -> None:
    """Words that people use again, and what they have taken out of their history."""
    db.table("styles").create(
        {
            "owner": str,
            "owner_id": int,
            "key": str,
            "name": str,
            "before": str,
            "after": str,
            "model": str,
            "size": str,
            "saved_by": int,
            "saved_at": str,
        },
        pk=("owner", "owner_id", "key"),
        not_null=("name", "before", "after", "saved_by", "saved_at"),
        strict=True,
    )
    jobs = db.table("jobs")
    jobs.add_column("removed_at", str)
    jobs.create_index(["channel_id", "created_at"])


@migrations()
def m006_shared_charges(db: Database) -> None:
    """What the house bears of a charge whose requester bears the rest of it."""
    db.table("jobs").add_column("carried_microcredits", int, not_null_default=0)


@migrations()
def m007_times_of_steps(db: Database) -> None:
    """When a request was answered and when its pictures were made, to tell where time goes."""
    for column in ("answered_at", "made_at"):
        db.table("jobs").add_column(column, str)


@migrations()
def m008_language_of_the_place(db: Database) -> None:
    """In which language a card is drawn that everybody reads, and which one a person reads."""
    db.table("jobs").add_column("place_locale", str)
    # Covering: what a person's Discord last said is found in the index alone.
    db.execute(
        "create index jobs_locales on jobs (user_id, created_at, locale) where locale is not null"
    )


@migrations()
def m009_age_restricted(db: Database) -> None:
    """Which requests were made where only adults may look."""
    db.table("jobs").add_column("age_restricted", int, not_null_default=0)


@migrations()
def m010_named_tasks(db: Database) -> None:
    """What a callback named before Flux confirmed it, so that a crash in between loses nothing."""
    db.table("jobs").add_column("named_task_id", str)
    db.execute(
        "create index idx_jobs_named_task_id on jobs (named_task_id)"
        " where named_task_id is not null"
    )


@migrations()
def m011_conduct_and_privacy(db: Database) -> None:
    """What may not be asked for, who may not ask, and what has to be forgotten."""
    db.table("word_rules").create(
        {
            "guild_id": int,
            "key": str,
            "words": str,
            "is_test": int,
            "added_by": int,
            "added_at": str,
        },
        pk=("guild_id", "key"),
        not_null=("words", "is_test", "added_by", "added_at"),
        strict=True,
    )
    db.table("blocks").create(
        {
            "guild_id": int,
            "user_id": int,
            "reason": str,
            "until": str,
            "blocked_by": int,
            "blocked_at": str,
        },
        pk=("guild_id", "user_id"),
        not_null=("reason", "blocked_by", "blocked_at"),
        strict=True,
    )
    jobs = db.table("jobs")
    for column in ("erase_asked_at", "erased_at", "logged_at"):
        jobs.add_column(column, str)
    db.execute(
        "create index jobs_to_erase on jobs (erase_asked_at) where erase_asked_at is not null"
    )
    db.execute(
        "create index jobs_with_words on jobs (guild_id, created_at) where erased_at is null"
    )


@migrations()
def m012_interruptions(db: Database) -> None:
    """Which jobs waited for the bot's next start, and so tell nothing of how long Flux takes."""
    db.table("jobs").add_column("interrupted", int, not_null_default=0)


@migrations()
def m013_choices_of_people(db: Database) -> None:
    """What people chose for themselves, as servers do in `guild_settings`."""
    db.table("user_settings").create(
        {"user_id": int, "key": str, "value": str},
        pk=("user_id", "key"),
        not_null=("value",),
        strict=True,
    )


@migrations()
def m014_limits_and_access(db: Database) -> None:
    """What servers may spend, what roles and people may do, and who said so."""
    changed = {"set_by": int, "set_at": str}
    db.table("limits").create(
        {"guild_id": int, "who": str, "target_id": int, "kind": str, "amount": int, **changed},
        pk=("guild_id", "who", "target_id", "kind"),
        not_null=changed,
        strict=True,
    )
    db.table("access_rules").create(
        {
            "guild_id": int,
            "who": str,
            "target_id": int,
            "model": str,
            "channel_id": int,
            "effect": str,
            **changed,
        },
        pk=("guild_id", "who", "target_id", "model", "channel_id"),
        not_null=("effect", *changed),
        strict=True,
    )
    db.table("rule_changes").create(
        {
            "id": int,
            "changed_at": str,
            "changed_by": int,
            "guild_id": int,
            "who": str,
            "target_id": int,
            "subject": str,
            "before": str,
            "after": str,
        },
        pk="id",
        not_null=("changed_at", "changed_by", "guild_id", "who", "target_id", "subject"),
        strict=True,
    )
    db.table("rule_changes").create_index(["guild_id", "changed_at"])
    db.table("budget_warnings").create(
        {
            "guild_id": int,
            "kind": str,
            "period_start": str,
            "used": int,
            "most": int,
            "noted_at": str,
            "told_at": str,
        },
        pk=("guild_id", "kind", "period_start"),
        not_null=("used", "most", "noted_at"),
        strict=True,
    )
    db.execute(
        "create index budget_warnings_untold on budget_warnings (noted_at) where told_at is null"
    )
    jobs = db.table("jobs")
    jobs.add_column("allowance", str)
    for column in ("allowance_used", "allowance_most"):
        jobs.add_column(column, int)
    _count_pictures_14(db)


def _count_pictures_14(db: Database) -> None:
    """Let the ledger count pictures, and sum either from an index alone."""
    ledger = db.table("ledger")
    ledger.add_column("pictures", int, not_null_default=0)
    for statement in COUNT_EARLIER_PICTURES_14:
        db.execute(statement)
    for columns in (
        ["user_id", "payer", "requested_at", "microcredits"],
        ["requested_at", "microcredits"],
    ):
        db.execute(f"drop index idx_ledger_{'_'.join(columns)}")
    ledger.create_index(
        ["user_id", "payer", "requested_at", "guild_id", "microcredits", "pictures"]
    )
    ledger.create_index(["guild_id", "requested_at", "microcredits", "pictures"])
    ledger.create_index(["requested_at", "microcredits", "pictures"])


COUNT_EARLIER_PICTURES_14 = (
    """
    update ledger set pictures = (select count from jobs where jobs.id = job_id)
    where id in (select min(id) from ledger where payer = 'user' group by job_id)
    """,
    # A delivered job that cost nothing was booked as given back, and is none.
    """
    update ledger set pictures = pictures - (
      select case state when 'delivered' then 0 else count end from jobs where jobs.id = job_id
    ) where kind = 'given_back'
    """,
)


@migrations()
def m015_usage_of_servers(db: Database) -> None:
    """Where a request was made, how many pictures came of it, and what of its price is whose."""
    db.table("jobs").create_index(["created_at"])
    db.execute("drop view usage")
    db.create_view("usage", USAGE_VIEW_15)


USAGE_VIEW_15 = """
select
  created_at as requested_at,
  user_name as user,
  user_id,
  case when guild_id is null then 'direct message'
       else coalesce(guild_name, guild_id) || ' #' || coalesce(channel_name, channel_id)
  end as place,
  command,
  model,
  size,
  count,
  prompt,
  state,
  round((julianday(ended_at) - julianday(created_at)) * 86400, 1) as seconds,
  coalesce(charged_microcredits, estimated_microcredits) / 1000000.0 as credits,
  case when charged_microcredits is null then 'estimated' else 'charged' end as credits_are,
  task_id,
  problem as error_code,
  id as job_id,
  guild_id,
  case when fetched_at is null then 0 else coalesce((
    select sum(pictures) from ledger where ledger.job_id = jobs.id and payer = 'user'
  ), 0) end as pictures,
  coalesce((
    select sum(microcredits) from ledger where ledger.job_id = jobs.id and payer = 'house'
  ), 0) / 1000000.0 as house_credits,
  private
from jobs
"""


@migrations()
def m016_dismissed_answers(db: Database) -> None:
    """When the private "thinking" answer of a request was removed."""
    db.table("jobs").add_column("dismissed_at", str)
    # Of told jobs only those have a token whose answer is still to be removed.
    db.execute(
        "create index jobs_undismissed on jobs (created_at)"
        " where told_at is not null and interaction_token is not null"
    )


@migrations()
def m017_several_sources(db: Database) -> None:
    """Further images of an edit, and which of them a problem is about."""
    jobs = db.table("jobs")
    jobs.add_column("more_source_urls", str)
    jobs.add_column("problem_source", int)


@migrations()
def m018_totals(db: Database) -> None:
    """What requests come to, which budgets and reports read in place of the requests."""
    counts = (
        "requests",
        "pictures",
        "microcredits",
        "booked_pictures",
        "house_microcredits",
        "estimated_microcredits",
        "delivered",
        "unsuccessful",
    )
    db.execute(
        "create table totals ("
        "whose text not null, guild_id integer not null, user_id integer not null,"
        " part text not null, unit text not null, since text not null, name text not null, "
        + "".join(f"{name} integer not null, " for name in counts)
        + "seconds text not null,"
        " primary key (whose, guild_id, user_id, part, unit, since, name)"
        ") strict, without rowid"
    )
    db.execute(
        "create index totals_people on totals"
        " (whose, guild_id, unit, since, pictures desc, requests desc)"
        " where part = '' and whose in ('person', 'member')"
    )
    db.execute(
        "create index totals_passing on totals (since)"
        " where unit <> 'month' and (part <> '' or whose in ('person', 'member'))"
    )
    # `storage/recount.py` counts what is stored, a part at a time.
    if db.table("jobs").count:
        db.table("settings").insert({"key": "totals_counted_to", "value": ""})
    for columns in (
        "user_id_payer_requested_at_guild_id_microcredits_pictures",
        "guild_id_requested_at_microcredits_pictures",
        "requested_at_microcredits_pictures",
    ):
        db.execute(f"drop index idx_ledger_{columns}")


@migrations()
def m019_avatars(db: Database) -> None:
    """Whose avatar an edit starts from."""
    db.table("jobs").add_column("avatar_of", int)
    db.execute("create index jobs_avatars on jobs (avatar_of) where avatar_of is not null")


@migrations()
def m020_narrow_search(db: Database) -> None:
    """Words that are looked for among one person's or one channel's requests alone."""
    for statement in PROMPTS_20:
        db.execute(statement)
    # `storage/finding.py` indexes what is stored, a part at a time.
    if db.table("jobs").count:
        first = str(-(2**63))
        db.table("settings").insert({"key": "prompts_indexed_to", "value": first})


def _mark_20(column: str) -> str:
    """Return 45 bits of a number as three characters, which are one trigram."""
    bits = (f"983040 + (({column} >> {shift}) & 32767)" for shift in (0, 15, 30))
    return f"char({', '.join(bits)})"


def _values_20(row: str) -> str:
    marks = _mark_20(f"{row}.user_id"), _mark_20(f"{row}.channel_id")
    return f"{row}.interaction_id, {row}.prompt, {', '.join(marks)}"


_ADD_20 = f"insert into prompts (rowid, text, person, place) values ({_values_20('new')})"  # noqa: S608  # constants
_REMOVE_20 = (
    "insert into prompts (prompts, rowid, text, person, place)"  # noqa: S608  # constants
    f" values ('delete', {_values_20('old')})"
)

PROMPTS_20 = (
    "drop trigger prompts_added",
    "drop trigger prompts_removed",
    "drop trigger prompts_changed",
    "drop table prompts",
    f"""
    create view searchable as
    select interaction_id, prompt as text, {_mark_20("user_id")} as person,
      {_mark_20("channel_id")} as place
    from jobs where prompt <> ''
    """,  # noqa: S608
    """
    create virtual table prompts using fts5 (
      text, person, place, content='searchable', content_rowid='interaction_id',
      tokenize='trigram'
    )
    """,
    f"create trigger prompts_added after insert on jobs when new.prompt <> '' begin {_ADD_20}; end",
    f"""
    create trigger prompts_removed after delete on jobs when old.prompt <> ''
    begin {_REMOVE_20}; end
    """,
    # What was erased is in no index, not even by whose it was.
    f"""
    create trigger prompts_changed before update of prompt, interaction_id, user_id, channel_id
    on jobs when old.prompt <> '' begin {_REMOVE_20}; end
    """,
    f"""
    create trigger prompts_replaced after update of prompt, interaction_id, user_id, channel_id
    on jobs when new.prompt <> '' begin {_ADD_20}; end
    """,
)


@migrations()
def m021_direct_copies(db: Database) -> None:
    """Whether the requester wants a copy of the result by direct message, and when it was sent."""
    jobs = db.table("jobs")
    jobs.add_column("dm_copy", int, not_null_default=0)
    jobs.add_column("copied_at", str)
    db.execute("create index jobs_uncopied on jobs (ended_at) where dm_copy and copied_at is null")


@migrations()
def m022_flux_errors(db: Database) -> None:
    """Why the last submit of a job failed, which its message says."""
    db.table("jobs").add_column("flux_error", str)


@migrations()
def m023_trimmed_totals(db: Database) -> None:
    """Let old hours be found without a look at the days before them."""
    db.execute("drop index totals_passing")
    db.execute(
        "create index totals_passing on totals (unit, since)"
        " where unit <> 'month' and (part <> '' or whose in ('person', 'member'))"
    )


# Flags are numbers: PostgreSQL takes none of them for a condition.
shared_step(
    "m024_neutral_index_of_copies",
    "drop index jobs_uncopied",
    "create index jobs_uncopied on jobs (ended_at) where dm_copy <> 0 and copied_at is null",
)


shared_step(
    "m025_leases",
    # Which process has a job, until when in milliseconds by the database's clock, and when the job
    # got its slot; of several processes only.
    "alter table jobs add column worker text",
    "alter table jobs add column lease_until integer",
    "alter table jobs add column called_at integer",
    "create index jobs_called on jobs (user_id, called_at) where called_at is not null",
    "create table processes (id text not null primary key, role text not null,"
    " shard_count integer, shard_ids text, seen_at integer not null) strict",
)

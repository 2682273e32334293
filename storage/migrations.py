"""The schema of both engines, as an append-only list of steps: a shipped step is never edited.

SQLite takes every step in turn, by sqlite-utils. PostgreSQL takes them with its own types and
without what is about `prompts` and `searchable`, SQLite's full-text index
(`storage/postgresql_dialect.py`). Columns are `text` or `integer`.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from storage.errors import StorageError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from sqlite_utils import Migrations

    from storage.connection import Connection, Engine

FLAG: Final = "integer not null default 0"


def _add(kind: str, *columns: str, table: str = "jobs") -> tuple[str, ...]:
    return tuple(f"alter table {table} add column {column} {kind}" for column in columns)


_USAGE: Final = """
create view usage as
select
  created_at as requested_at, user_name as user, user_id,
  case when guild_id is null then 'direct message'
       else coalesce(guild_name, guild_id) || ' #' || coalesce(channel_name, channel_id)
  end as place,
  command, model, size, count, prompt, state,
  round((julianday(ended_at) - julianday(created_at)) * 86400, 1) as seconds,
  coalesce(charged_microcredits, estimated_microcredits) / 1000000.0 as credits,
  case when charged_microcredits is null then 'estimated' else 'charged' end as credits_are,
  task_id, problem as error_code, id as job_id{more}
from jobs
"""

_USAGE_OF_SERVERS: Final = """,
  guild_id,
  case when fetched_at is null then 0 else coalesce((
    select sum(pictures) from ledger where ledger.job_id = jobs.id and payer = 'user'
  ), 0) end as pictures,
  coalesce((
    select sum(microcredits) from ledger where ledger.job_id = jobs.id and payer = 'house'
  ), 0) / 1000000.0 as house_credits,
  private"""


def _mark(column: str) -> str:
    """Return 45 bits of a number as three characters, which are one trigram."""
    bits = (f"983040 + (({column} >> {shift}) & 32767)" for shift in (0, 15, 30))
    return f"char({', '.join(bits)})"


def _index(row: str, command: str = "") -> str:
    """Return the statement of a trigger that adds a row's prompt to the full-text index."""
    columns, values = ("prompts, ", f"'{command}', ") if command else ("", "")
    return (
        f"insert into prompts ({columns}rowid, text, person, place)"  # noqa: S608  # constants
        f" values ({values}{row}.interaction_id, {row}.prompt, {_mark(f'{row}.user_id')},"
        f" {_mark(f'{row}.channel_id')})"
    )


STEPS: Final[dict[str, tuple[str, ...]]] = {}
"""The statements of each step, in order."""


def _step(name: str, *statements: str) -> None:
    STEPS[name] = statements


# Jobs, their pictures, and what the bot remembers about itself.
_step(
    "m001_jobs_images_settings",
    """
    create table jobs (
      id text primary key, state text not null, created_at text not null,
      expected_at text not null, submitted_at text, fetched_at text, ended_at text,
      told_at text, command text not null, action text not null, prompt text not null,
      model text not null, size text not null, count integer not null,
      spoiler integer not null, source_url text, user_id integer not null,
      user_name text not null, guild_id integer, guild_name text,
      channel_id integer not null, channel_name text, delivery text not null,
      interaction_id integer not null, application_id integer not null,
      interaction_token text, nonce text, message_id integer, task_id text, trace_id text,
      estimated_microcredits integer not null, charged_microcredits integer, problem text
    ) strict
    """,
    "create unique index idx_jobs_interaction_id on jobs (interaction_id)",
    "create index idx_jobs_told_at_created_at on jobs (told_at, created_at)",
    "create index idx_jobs_user_id_created_at on jobs (user_id, created_at)",
    "create index idx_jobs_guild_id_created_at on jobs (guild_id, created_at)",
    "create index idx_jobs_model_fetched_at on jobs (model, fetched_at)",
    """
    create table images (
      job_id text references jobs (id), kind text, position integer, file_name text not null,
      media_type text not null, width integer not null, height integer not null,
      bytes integer not null, primary key (job_id, kind, position)
    ) strict
    """,
    "create table settings (key text primary key, value text not null) strict",
    _USAGE.format(more=""),
)

# Who pays for what, and what a job must remember to survive everything.
_step(
    "m002_ledger_and_flags",
    *_add("text", "announced_at", "callback_token", "cancel_asked_at", "overdue_at"),
    *_add("text", "token_since", "retry_of"),
    *_add(FLAG, "revision"),
    # NULLs are all different to a unique index.
    "create unique index idx_jobs_callback_token on jobs (callback_token)",
    "create index idx_jobs_retry_of_user_id on jobs (retry_of, user_id)",
    "create index idx_jobs_task_id on jobs (task_id)",
    "create index jobs_unfinished on jobs (user_id) where ended_at is null",
    """
    create table ledger (
      id integer primary key, job_id text not null references jobs (id),
      payer text not null, kind text not null, microcredits integer not null,
      is_estimate integer not null, user_id integer not null, guild_id integer,
      requested_at text not null, created_at text not null
    ) strict
    """,
    "create index idx_ledger_job_id on ledger (job_id)",
    # Covering, so that a budget is summed from the index alone.
    "create index idx_ledger_user_id_payer_requested_at_microcredits"
    " on ledger (user_id, payer, requested_at, microcredits)",
    "create index idx_ledger_requested_at_microcredits on ledger (requested_at, microcredits)",
    """
    insert into ledger (job_id, payer, kind, microcredits, is_estimate, user_id, guild_id,
      requested_at, created_at)
    select id, payer,
      case when payer = 'house' then 'carried'
           when ended_at is null then 'reserved'
           else 'settled' end,
      microcredits, case when charged_microcredits is null then 1 else 0 end,
      user_id, guild_id, created_at, coalesce(ended_at, created_at)
    from (
      select *, coalesce(charged_microcredits, estimated_microcredits) as microcredits,
        case when state in ('refused', 'failed', 'cancelled') and coalesce(problem, '') not in (
          'message_gone', 'place_forbidden', 'response_expired', 'result_too_large'
        ) then 'house' else 'user' end as payer
      from jobs
    ) as paid
    where microcredits <> 0
    order by created_at
    """,
)

# What a picture was made from, who may see it, and words to find it by.
_step(
    "m003_families_and_words",
    *_add("text", "parent_job_id"),
    *_add("integer", "parent_position", "source_channel_id", "source_message_id", "reply_to"),
    *_add(FLAG, "private"),
    *_add("text", "locale"),
    "create index idx_jobs_parent_job_id on jobs (parent_job_id)",
    "create index idx_jobs_message_id on jobs (message_id)",
    "create table guild_settings (guild_id integer, key text, value text not null,"
    " primary key (guild_id, key)) strict",
    # Trigrams find words also where no spaces stand between them. The rows' own numbers change
    # with a VACUUM, the id of what made a request does not.
    "create virtual table prompts using fts5 (prompt, content='jobs',"
    " content_rowid='interaction_id', tokenize='trigram')",
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

# What was typed and refused, and which picture a form is about.
_step(
    "m004_drafts",
    "create table drafts (id text primary key, user_id integer not null,"
    " created_at text not null, content text not null) strict",
    "create index idx_drafts_user_id_created_at on drafts (user_id, created_at)",
    "create index idx_drafts_created_at on drafts (created_at)",
)

# Words that people use again, and what they have taken out of their history.
_step(
    "m005_styles_and_removals",
    """
    create table styles (
      owner text, owner_id integer, key text, name text not null, before text not null,
      after text not null, model text, size text, saved_by integer not null,
      saved_at text not null, primary key (owner, owner_id, key)
    ) strict
    """,
    *_add("text", "removed_at"),
    "create index idx_jobs_channel_id_created_at on jobs (channel_id, created_at)",
)

# What the house bears of a charge whose requester bears the rest of it.
_step("m006_shared_charges", *_add(FLAG, "carried_microcredits"))

# When a request was answered and when its pictures were made, to tell where time goes.
_step("m007_times_of_steps", *_add("text", "answered_at", "made_at"))

# In which language a card is drawn that everybody reads, and which one a person reads.
_step(
    "m008_language_of_the_place",
    *_add("text", "place_locale"),
    # Covering: what a person's Discord last said is found in the index alone.
    "create index jobs_locales on jobs (user_id, created_at, locale) where locale is not null",
)

# Which requests were made where only adults may look.
_step("m009_age_restricted", *_add(FLAG, "age_restricted"))

# What a callback named before Flux confirmed it, so that a crash in between loses nothing.
_step(
    "m010_named_tasks",
    *_add("text", "named_task_id"),
    "create index idx_jobs_named_task_id on jobs (named_task_id) where named_task_id is not null",
)

# What may not be asked for, who may not ask, and what has to be forgotten.
_step(
    "m011_conduct_and_privacy",
    """
    create table word_rules (
      guild_id integer, key text, words text not null, is_test integer not null,
      added_by integer not null, added_at text not null, primary key (guild_id, key)
    ) strict
    """,
    """
    create table blocks (
      guild_id integer, user_id integer, reason text not null, until text,
      blocked_by integer not null, blocked_at text not null, primary key (guild_id, user_id)
    ) strict
    """,
    *_add("text", "erase_asked_at", "erased_at", "logged_at"),
    "create index jobs_to_erase on jobs (erase_asked_at) where erase_asked_at is not null",
    "create index jobs_with_words on jobs (guild_id, created_at) where erased_at is null",
)

# Which jobs waited for the bot's next start, and so tell nothing of how long Flux takes.
_step("m012_interruptions", *_add(FLAG, "interrupted"))

# What people chose for themselves, as servers do in `guild_settings`.
_step(
    "m013_choices_of_people",
    "create table user_settings (user_id integer, key text, value text not null,"
    " primary key (user_id, key)) strict",
)

# What servers may spend, what roles and people may do, and who said so.
_step(
    "m014_limits_and_access",
    """
    create table limits (
      guild_id integer, who text, target_id integer, kind text, amount integer,
      set_by integer not null, set_at text not null,
      primary key (guild_id, who, target_id, kind)
    ) strict
    """,
    """
    create table access_rules (
      guild_id integer, who text, target_id integer, model text, channel_id integer,
      effect text not null, set_by integer not null, set_at text not null,
      primary key (guild_id, who, target_id, model, channel_id)
    ) strict
    """,
    """
    create table rule_changes (
      id integer primary key, changed_at text not null, changed_by integer not null,
      guild_id integer not null, who text not null, target_id integer not null,
      subject text not null, before text, after text
    ) strict
    """,
    "create index idx_rule_changes_guild_id_changed_at on rule_changes (guild_id, changed_at)",
    """
    create table budget_warnings (
      guild_id integer, kind text, period_start text, used integer not null,
      most integer not null, noted_at text not null, told_at text,
      primary key (guild_id, kind, period_start)
    ) strict
    """,
    "create index budget_warnings_untold on budget_warnings (noted_at) where told_at is null",
    *_add("text", "allowance"),
    *_add("integer", "allowance_used", "allowance_most"),
    # The ledger counts pictures too, and sums either from an index alone.
    *_add(FLAG, "pictures", table="ledger"),
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
    "drop index idx_ledger_user_id_payer_requested_at_microcredits",
    "drop index idx_ledger_requested_at_microcredits",
    "create index idx_ledger_user_id_payer_requested_at_guild_id_microcredits_pictures"
    " on ledger (user_id, payer, requested_at, guild_id, microcredits, pictures)",
    "create index idx_ledger_guild_id_requested_at_microcredits_pictures"
    " on ledger (guild_id, requested_at, microcredits, pictures)",
    "create index idx_ledger_requested_at_microcredits_pictures"
    " on ledger (requested_at, microcredits, pictures)",
)

# Where a request was made, how many pictures came of it, and what of its price is whose.
_step(
    "m015_usage_of_servers",
    "create index idx_jobs_created_at on jobs (created_at)",
    "drop view usage",
    _USAGE.format(more=_USAGE_OF_SERVERS),
)

# When the private "thinking" answer of a request was removed.
_step(
    "m016_dismissed_answers",
    *_add("text", "dismissed_at"),
    # Of told jobs only those have a token whose answer is still to be removed.
    "create index jobs_undismissed on jobs (created_at)"
    " where told_at is not null and interaction_token is not null",
)

# Further images of an edit, and which of them a problem is about.
_step("m017_several_sources", *_add("text", "more_source_urls"), *_add("integer", "problem_source"))

# What requests come to, which budgets and reports read in place of the requests.
_step(
    "m018_totals",
    """
    create table totals (
      whose text not null, guild_id integer not null, user_id integer not null,
      part text not null, unit text not null, since text not null, name text not null,
      requests integer not null, pictures integer not null, microcredits integer not null,
      booked_pictures integer not null, house_microcredits integer not null,
      estimated_microcredits integer not null, delivered integer not null,
      unsuccessful integer not null, seconds text not null,
      primary key (whose, guild_id, user_id, part, unit, since, name)
    ) strict, without rowid
    """,
    "create index totals_people on totals"
    " (whose, guild_id, unit, since, pictures desc, requests desc)"
    " where part = '' and whose in ('person', 'member')",
    "create index totals_passing on totals (since)"
    " where unit <> 'month' and (part <> '' or whose in ('person', 'member'))",
    # `storage/recount.py` counts what is stored, a part at a time.
    "insert into settings (key, value)"
    " select 'totals_counted_to', '' where exists (select 1 from jobs)",
    "drop index idx_ledger_user_id_payer_requested_at_guild_id_microcredits_pictures",
    "drop index idx_ledger_guild_id_requested_at_microcredits_pictures",
    "drop index idx_ledger_requested_at_microcredits_pictures",
)

# Whose avatar an edit starts from.
_step(
    "m019_avatars",
    *_add("integer", "avatar_of"),
    "create index jobs_avatars on jobs (avatar_of) where avatar_of is not null",
)

# Words that are looked for among one person's or one channel's requests alone.
_step(
    "m020_narrow_search",
    "drop trigger prompts_added",
    "drop trigger prompts_removed",
    "drop trigger prompts_changed",
    "drop table prompts",
    "create view searchable as select interaction_id, prompt as text,"  # noqa: S608
    f" {_mark('user_id')} as person, {_mark('channel_id')} as place"
    " from jobs where prompt <> ''",
    "create virtual table prompts using fts5 (text, person, place, content='searchable',"
    " content_rowid='interaction_id', tokenize='trigram')",
    "create trigger prompts_added after insert on jobs when new.prompt <> ''"
    f" begin {_index('new')}; end",
    "create trigger prompts_removed after delete on jobs when old.prompt <> ''"
    f" begin {_index('old', 'delete')}; end",
    # What was erased is in no index, not even by whose it was.
    "create trigger prompts_changed before update of prompt, interaction_id, user_id,"
    f" channel_id on jobs when old.prompt <> '' begin {_index('old', 'delete')}; end",
    "create trigger prompts_replaced after update of prompt, interaction_id, user_id,"
    f" channel_id on jobs when new.prompt <> '' begin {_index('new')}; end",
    # `storage/sqlite_dialect.py` indexes what is stored, a part at a time.
    "insert into settings (key, value)"
    " select 'prompts_indexed_to', '-9223372036854775808' where exists (select 1 from jobs)",
)

# Whether the requester wants a copy of the result by direct message, and when it was sent.
_step(
    "m021_direct_copies",
    *_add(FLAG, "dm_copy"),
    *_add("text", "copied_at"),
    "create index jobs_uncopied on jobs (ended_at) where dm_copy <> 0 and copied_at is null",
)

# Why the last submit of a job failed, which its message says.
_step("m022_flux_errors", *_add("text", "flux_error"))

# Old hours are found without a look at the days before them.
_step(
    "m023_trimmed_totals",
    "drop index totals_passing",
    "create index totals_passing on totals (unit, since)"
    " where unit <> 'month' and (part <> '' or whose in ('person', 'member'))",
)

# Its condition was `dm_copy` alone, of which PostgreSQL takes none.
_step(
    "m024_neutral_index_of_copies",
    "drop index jobs_uncopied",
    "create index jobs_uncopied on jobs (ended_at) where dm_copy <> 0 and copied_at is null",
)

# Which process has a job, until when in milliseconds by the database's clock, and when the job
# got its slot; of several processes only.
_step(
    "m025_leases",
    *_add("text", "worker"),
    *_add("integer", "lease_until", "called_at"),
    "create index jobs_called on jobs (user_id, called_at) where called_at is not null",
    "create table processes (id text not null primary key, role text not null,"
    " shard_count integer, shard_ids text, seen_at integer not null) strict",
)

# Of a file where the result goes, in bytes: who delivers it may not know the server.
_step("m026_file_limits", *_add("integer", "file_limit_bytes"))

TABLES: Final = re.findall(r"create table (\w+)", "\n".join(chain(*STEPS.values())))
"""Those of the bot's data; one that others refer to comes before them."""


def migrations() -> Migrations:
    # Only for a file that lacks one: it takes 4 MB and 20 ms.
    from sqlite_utils import Database, Migrations  # noqa: PLC0415

    steps = Migrations("fluxcord")

    def add(name: str, statements: Iterable[str]) -> None:
        @steps(name=name)
        def apply(db: Database) -> None:
            for statement in statements:
                db.execute(statement)

    for name, statements in STEPS.items():
        add(name, statements)
    return steps


def bring_up_to_date(conn: sqlite3.Connection) -> None:
    from sqlite_utils import Database  # noqa: PLC0415  # as above

    # Without looking for plugins of the library among all that is installed.
    migrations().apply(Database(conn, execute_plugins=False))


def applied_steps(db: Connection, engine: Engine) -> set[str]:
    """Return the names of the steps that a database has; none where it has no schema yet.

    Raises:
        StorageError: a newer Fluxcord wrote it.
    """
    applied = db.steps()
    if applied - STEPS.keys():
        raise StorageError(
            f"{engine.name} was written by a newer Fluxcord than this one. Start the newer one, or "
            f"set {engine.other}."
        )
    return applied

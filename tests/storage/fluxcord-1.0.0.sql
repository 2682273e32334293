BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'fluxcord','m001_jobs_images_settings','2026-11-29 06:11:35.857378+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'fluxcord','m002_ledger_and_flags','2026-11-29 06:11:35.859106+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'fluxcord','m003_families_and_words','2026-11-29 06:11:35.860840+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'fluxcord','m004_drafts','2026-11-29 06:11:35.861625+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'fluxcord','m005_styles_and_removals','2026-11-29 06:11:35.862476+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'fluxcord','m006_shared_charges','2026-11-29 06:11:35.863094+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'fluxcord','m007_times_of_steps','2026-11-29 06:11:35.863964+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'fluxcord','m008_language_of_the_place','2026-11-29 06:11:35.864608+00:00');
INSERT INTO "_sqlite_migrations" VALUES(9,'fluxcord','m009_age_restricted','2026-11-29 06:11:35.865297+00:00');
INSERT INTO "_sqlite_migrations" VALUES(10,'fluxcord','m010_named_tasks','2026-11-29 06:11:35.865984+00:00');
INSERT INTO "_sqlite_migrations" VALUES(11,'fluxcord','m011_conduct_and_privacy','2026-11-29 06:11:35.867221+00:00');
INSERT INTO "_sqlite_migrations" VALUES(12,'fluxcord','m012_interruptions','2026-11-29 06:11:35.867990+00:00');
INSERT INTO "_sqlite_migrations" VALUES(13,'fluxcord','m013_choices_of_people','2026-11-29 06:11:35.868542+00:00');
INSERT INTO "_sqlite_migrations" VALUES(14,'fluxcord','m014_limits_and_access','2026-11-29 06:11:35.870961+00:00');
INSERT INTO "_sqlite_migrations" VALUES(15,'fluxcord','m015_usage_of_servers','2026-11-29 06:11:35.871676+00:00');
CREATE TABLE "access_rules" (
   "guild_id" INTEGER,
   "who" TEXT,
   "target_id" INTEGER,
   "model" TEXT,
   "channel_id" INTEGER,
   "effect" TEXT NOT NULL,
   "set_by" INTEGER NOT NULL,
   "set_at" TEXT NOT NULL,
   PRIMARY KEY ("guild_id", "who", "target_id", "model", "channel_id")
) STRICT;
CREATE TABLE "blocks" (
   "guild_id" INTEGER,
   "user_id" INTEGER,
   "reason" TEXT NOT NULL,
   "until" TEXT,
   "blocked_by" INTEGER NOT NULL,
   "blocked_at" TEXT NOT NULL,
   PRIMARY KEY ("guild_id", "user_id")
) STRICT;
CREATE TABLE "budget_warnings" (
   "guild_id" INTEGER,
   "kind" TEXT,
   "period_start" TEXT,
   "used" INTEGER NOT NULL,
   "most" INTEGER NOT NULL,
   "noted_at" TEXT NOT NULL,
   "told_at" TEXT,
   PRIMARY KEY ("guild_id", "kind", "period_start")
) STRICT;
CREATE TABLE "drafts" (
   "id" TEXT PRIMARY KEY,
   "user_id" INTEGER NOT NULL,
   "created_at" TEXT NOT NULL,
   "content" TEXT NOT NULL
) STRICT;
CREATE TABLE "guild_settings" (
   "guild_id" INTEGER,
   "key" TEXT,
   "value" TEXT NOT NULL,
   PRIMARY KEY ("guild_id", "key")
) STRICT;
CREATE TABLE "images" (
   "job_id" TEXT REFERENCES "jobs"("id"),
   "kind" TEXT,
   "position" INTEGER,
   "file_name" TEXT NOT NULL,
   "media_type" TEXT NOT NULL,
   "width" INTEGER NOT NULL,
   "height" INTEGER NOT NULL,
   "bytes" INTEGER NOT NULL,
   PRIMARY KEY ("job_id", "kind", "position")
) STRICT;
INSERT INTO "images" VALUES('delivered-01','result',1,'delivered-01-result-1.png','image/png',64,48,4096);
INSERT INTO "images" VALUES('fetched-0001','result',1,'fetched-0001-result-1.png','image/png',64,48,4096);
INSERT INTO "images" VALUES('fetched-0002','result',1,'fetched-0002-result-1.png','image/png',64,48,4096);
CREATE TABLE "jobs" (
   "id" TEXT PRIMARY KEY,
   "state" TEXT NOT NULL,
   "created_at" TEXT NOT NULL,
   "expected_at" TEXT NOT NULL,
   "submitted_at" TEXT,
   "fetched_at" TEXT,
   "ended_at" TEXT,
   "told_at" TEXT,
   "command" TEXT NOT NULL,
   "action" TEXT NOT NULL,
   "prompt" TEXT NOT NULL,
   "model" TEXT NOT NULL,
   "size" TEXT NOT NULL,
   "count" INTEGER NOT NULL,
   "spoiler" INTEGER NOT NULL,
   "source_url" TEXT,
   "user_id" INTEGER NOT NULL,
   "user_name" TEXT NOT NULL,
   "guild_id" INTEGER,
   "guild_name" TEXT,
   "channel_id" INTEGER NOT NULL,
   "channel_name" TEXT,
   "delivery" TEXT NOT NULL,
   "interaction_id" INTEGER NOT NULL,
   "application_id" INTEGER NOT NULL,
   "interaction_token" TEXT,
   "nonce" TEXT,
   "message_id" INTEGER,
   "task_id" TEXT,
   "trace_id" TEXT,
   "estimated_microcredits" INTEGER NOT NULL,
   "charged_microcredits" INTEGER,
   "problem" TEXT
, "announced_at" TEXT, "callback_token" TEXT, "cancel_asked_at" TEXT, "overdue_at" TEXT, "token_since" TEXT, "retry_of" TEXT, "revision" INTEGER NOT NULL DEFAULT 0, "parent_job_id" TEXT, "parent_position" INTEGER, "source_channel_id" INTEGER, "source_message_id" INTEGER, "reply_to" INTEGER, "private" INTEGER NOT NULL DEFAULT 0, "locale" TEXT, "removed_at" TEXT, "carried_microcredits" INTEGER NOT NULL DEFAULT 0, "answered_at" TEXT, "made_at" TEXT, "place_locale" TEXT, "age_restricted" INTEGER NOT NULL DEFAULT 0, "named_task_id" TEXT, "erase_asked_at" TEXT, "erased_at" TEXT, "logged_at" TEXT, "interrupted" INTEGER NOT NULL DEFAULT 0, "allowance" TEXT, "allowance_used" INTEGER, "allowance_most" INTEGER) STRICT;
INSERT INTO "jobs" VALUES('delivered-01','delivered','2026-10-05T12:01:00+00:00','2026-10-05T12:01:10+00:00','2026-10-05T12:01:02+00:00','2026-10-05T12:01:09+00:00','2026-10-05T12:01:10+00:00','2026-10-05T12:01:10+00:00','imagine','generate','a lake, delivered-01','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1001,2001,NULL,'nonce-1',6001,'task-delivered-01',NULL,216000,216000,NULL,'2026-10-05T12:01:01+00:00',NULL,NULL,NULL,NULL,NULL,5,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,'2026-10-05T12:01:08+00:00',NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('refused-0001','refused','2026-10-05T12:02:00+00:00','2026-10-05T12:02:10+00:00','2026-10-05T12:02:02+00:00',NULL,'2026-10-05T12:02:10+00:00','2026-10-05T12:02:11+00:00','imagine','generate','a lake, refused-0001','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1002,2001,NULL,'nonce-2',6002,'task-refused-0001',NULL,216000,0,'flux_refused_content','2026-10-05T12:02:01+00:00',NULL,NULL,NULL,NULL,NULL,5,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('failed-00001','failed','2026-10-05T12:03:00+00:00','2026-10-05T12:03:10+00:00','2026-10-05T12:03:02+00:00',NULL,'2026-10-05T12:03:10+00:00','2026-10-05T12:03:11+00:00','imagine','generate','a lake, failed-00001','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1003,2001,NULL,'nonce-3',6003,'task-failed-00001',NULL,216000,0,'flux_failed','2026-10-05T12:03:01+00:00',NULL,NULL,NULL,NULL,NULL,5,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('cancelled-01','cancelled','2026-10-05T12:04:00+00:00','2026-10-05T12:04:10+00:00',NULL,NULL,'2026-10-05T12:04:10+00:00','2026-10-05T12:04:11+00:00','imagine','generate','a lake, cancelled-01','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1004,2001,NULL,'nonce-4',6004,NULL,NULL,216000,0,'cancelled','2026-10-05T12:04:01+00:00',NULL,NULL,NULL,NULL,NULL,3,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('refused-0002','refused','2026-10-05T12:05:00+00:00','2026-10-05T12:05:10+00:00','2026-10-05T12:05:02+00:00',NULL,'2026-10-05T12:05:10+00:00',NULL,'imagine','generate','a lake, refused-0002','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1005,2001,'token-5','nonce-5',6005,'task-refused-0002',NULL,216000,0,'flux_refused_content','2026-10-05T12:05:01+00:00',NULL,NULL,NULL,NULL,NULL,4,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('failed-00002','failed','2026-10-05T12:06:00+00:00','2026-10-05T12:06:10+00:00','2026-10-05T12:06:02+00:00',NULL,'2026-10-05T12:06:10+00:00',NULL,'imagine','generate','a lake, failed-00002','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1006,2001,'token-6','nonce-6',6006,NULL,NULL,216000,NULL,'answer_lost','2026-10-05T12:06:01+00:00',NULL,NULL,NULL,NULL,NULL,3,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('cancelled-02','cancelled','2026-10-05T12:07:00+00:00','2026-10-05T12:07:10+00:00',NULL,NULL,'2026-10-05T12:07:10+00:00',NULL,'imagine','generate','a lake, cancelled-02','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1007,2001,'token-7','nonce-7',6007,NULL,NULL,216000,0,'cancelled','2026-10-05T12:07:01+00:00',NULL,NULL,NULL,NULL,NULL,2,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('queued-00001','queued','2026-10-05T12:08:00+00:00','2026-10-05T12:08:10+00:00',NULL,NULL,NULL,NULL,'imagine','generate','a lake, queued-00001','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1008,2001,'token-8','nonce-8',NULL,NULL,NULL,216000,NULL,NULL,'2026-10-05T12:08:01+00:00',NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('queued-00002','queued','2026-10-05T12:09:00+00:00','2026-10-05T12:09:10+00:00',NULL,NULL,NULL,NULL,'imagine','generate','a lake, queued-00002','flux-dev','1:1',1,1,NULL,5001,'ada',NULL,NULL,3001,NULL,'response',1009,2001,'token-9','nonce-9',6009,NULL,NULL,216000,NULL,NULL,'2026-10-05T12:09:01+00:00',NULL,NULL,NULL,NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,1,'zh-CN',NULL,0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('submitting-1','submitting','2026-10-05T12:10:00+00:00','2026-10-05T12:10:10+00:00','2026-10-05T12:10:02+00:00',NULL,NULL,NULL,'imagine','generate','a lake, submitting-1','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1010,2001,'token-10','nonce-10',6010,NULL,NULL,216000,NULL,NULL,'2026-10-05T12:10:01+00:00',NULL,NULL,NULL,NULL,NULL,2,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('uncertain-01','uncertain','2026-10-05T12:11:00+00:00','2026-10-05T12:11:10+00:00','2026-10-05T12:11:02+00:00',NULL,NULL,NULL,'imagine','generate','a lake, uncertain-01','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1011,2001,'token-11','nonce-11',6011,NULL,NULL,216000,NULL,NULL,'2026-10-05T12:11:01+00:00',NULL,NULL,NULL,NULL,NULL,3,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('running-0001','running','2026-10-05T12:12:00+00:00','2026-10-05T12:12:10+00:00','2026-10-05T12:12:02+00:00',NULL,NULL,NULL,'imagine','generate','a lake, running-0001','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1012,2001,'token-12','nonce-12',6012,'task-running-0001',NULL,216000,NULL,NULL,'2026-10-05T12:12:01+00:00',NULL,NULL,NULL,NULL,NULL,3,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('fetched-0001','fetched','2026-10-05T12:13:00+00:00','2026-10-05T12:13:10+00:00','2026-10-05T12:13:02+00:00','2026-10-05T12:13:09+00:00',NULL,NULL,'edit','edit','a lake, fetched-0001','flux-kontext-pro','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1013,2001,'token-13','nonce-13',6013,'task-fetched-0001',NULL,216000,216000,NULL,'2026-10-05T12:13:01+00:00',NULL,NULL,NULL,NULL,NULL,4,'delivered-01',1,3001,6001,NULL,0,NULL,NULL,0,NULL,'2026-10-05T12:13:08+00:00',NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('failed-00003','failed','2026-10-05T12:14:00+00:00','2026-10-05T12:14:10+00:00','2026-10-05T12:14:02+00:00',NULL,'2026-10-05T12:14:10+00:00','2026-10-05T12:14:11+00:00','imagine','generate','a lake, failed-00003','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1014,2001,NULL,'nonce-14',6014,NULL,NULL,216000,NULL,'answer_lost','2026-10-05T12:14:01+00:00',NULL,NULL,NULL,NULL,NULL,4,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,NULL,NULL,0,'task-failed-00003',NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('running-0002','running','2026-10-05T12:15:00+00:00','2026-10-05T12:15:10+00:00','2026-10-05T12:15:02+00:00',NULL,NULL,NULL,'imagine','generate','a lake, running-0002','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1015,2001,'token-15','nonce-15',6015,'task-running-0002',NULL,216000,NULL,NULL,'2026-10-05T12:15:01+00:00',NULL,NULL,'2026-10-05T14:30:00+00:00',NULL,NULL,3,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('fetched-0002','fetched','2026-10-05T12:16:00+00:00','2026-10-05T12:16:10+00:00','2026-10-05T12:16:02+00:00','2026-10-05T12:16:09+00:00',NULL,NULL,'imagine','generate','a lake, fetched-0002','flux-dev','1:1',1,0,NULL,5001,'ada',4001,'Harbour',3001,'pictures','message',1016,2001,'token-16','nonce-16',6016,'task-fetched-0002',NULL,216000,216000,NULL,'2026-10-05T12:16:01+00:00',NULL,'2026-10-05T14:30:01+00:00',NULL,NULL,NULL,4,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,0,NULL,'2026-10-05T12:16:08+00:00',NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
CREATE TABLE "ledger" (
   "id" INTEGER PRIMARY KEY,
   "job_id" TEXT NOT NULL REFERENCES "jobs"("id"),
   "payer" TEXT NOT NULL,
   "kind" TEXT NOT NULL,
   "microcredits" INTEGER NOT NULL,
   "is_estimate" INTEGER NOT NULL,
   "user_id" INTEGER NOT NULL,
   "guild_id" INTEGER,
   "requested_at" TEXT NOT NULL,
   "created_at" TEXT NOT NULL
, "pictures" INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "ledger" VALUES(1,'delivered-01','user','reserved',216000,1,5001,4001,'2026-10-05T12:01:00+00:00','2026-10-05T12:01:00+00:00',1);
INSERT INTO "ledger" VALUES(2,'delivered-01','user','settled',0,0,5001,4001,'2026-10-05T12:01:00+00:00','2026-11-29T06:11:35.878268+00:00',0);
INSERT INTO "ledger" VALUES(3,'refused-0001','user','reserved',216000,1,5001,4001,'2026-10-05T12:02:00+00:00','2026-10-05T12:02:00+00:00',1);
INSERT INTO "ledger" VALUES(4,'refused-0001','user','given_back',-216000,0,5001,4001,'2026-10-05T12:02:00+00:00','2026-11-29T06:11:35.882898+00:00',-1);
INSERT INTO "ledger" VALUES(5,'failed-00001','user','reserved',216000,1,5001,4001,'2026-10-05T12:03:00+00:00','2026-10-05T12:03:00+00:00',1);
INSERT INTO "ledger" VALUES(6,'failed-00001','user','given_back',-216000,0,5001,4001,'2026-10-05T12:03:00+00:00','2026-11-29T06:11:35.887066+00:00',-1);
INSERT INTO "ledger" VALUES(7,'cancelled-01','user','reserved',216000,1,5001,4001,'2026-10-05T12:04:00+00:00','2026-10-05T12:04:00+00:00',1);
INSERT INTO "ledger" VALUES(8,'cancelled-01','user','given_back',-216000,0,5001,4001,'2026-10-05T12:04:00+00:00','2026-11-29T06:11:35.890154+00:00',-1);
INSERT INTO "ledger" VALUES(9,'refused-0002','user','reserved',216000,1,5001,4001,'2026-10-05T12:05:00+00:00','2026-10-05T12:05:00+00:00',1);
INSERT INTO "ledger" VALUES(10,'refused-0002','user','given_back',-216000,0,5001,4001,'2026-10-05T12:05:00+00:00','2026-11-29T06:11:35.894871+00:00',-1);
INSERT INTO "ledger" VALUES(11,'failed-00002','user','reserved',216000,1,5001,4001,'2026-10-05T12:06:00+00:00','2026-10-05T12:06:00+00:00',1);
INSERT INTO "ledger" VALUES(12,'failed-00002','user','given_back',-216000,1,5001,4001,'2026-10-05T12:06:00+00:00','2026-11-29T06:11:35.898361+00:00',-1);
INSERT INTO "ledger" VALUES(13,'failed-00002','house','carried',216000,1,5001,4001,'2026-10-05T12:06:00+00:00','2026-11-29T06:11:35.898361+00:00',0);
INSERT INTO "ledger" VALUES(14,'cancelled-02','user','reserved',216000,1,5001,4001,'2026-10-05T12:07:00+00:00','2026-10-05T12:07:00+00:00',1);
INSERT INTO "ledger" VALUES(15,'cancelled-02','user','given_back',-216000,0,5001,4001,'2026-10-05T12:07:00+00:00','2026-11-29T06:11:35.901146+00:00',-1);
INSERT INTO "ledger" VALUES(16,'queued-00001','user','reserved',216000,1,5001,4001,'2026-10-05T12:08:00+00:00','2026-10-05T12:08:00+00:00',1);
INSERT INTO "ledger" VALUES(17,'queued-00002','user','reserved',216000,1,5001,NULL,'2026-10-05T12:09:00+00:00','2026-10-05T12:09:00+00:00',1);
INSERT INTO "ledger" VALUES(18,'submitting-1','user','reserved',216000,1,5001,4001,'2026-10-05T12:10:00+00:00','2026-10-05T12:10:00+00:00',1);
INSERT INTO "ledger" VALUES(19,'uncertain-01','user','reserved',216000,1,5001,4001,'2026-10-05T12:11:00+00:00','2026-10-05T12:11:00+00:00',1);
INSERT INTO "ledger" VALUES(20,'running-0001','user','reserved',216000,1,5001,4001,'2026-10-05T12:12:00+00:00','2026-10-05T12:12:00+00:00',1);
INSERT INTO "ledger" VALUES(21,'fetched-0001','user','reserved',216000,1,5001,4001,'2026-10-05T12:13:00+00:00','2026-10-05T12:13:00+00:00',1);
INSERT INTO "ledger" VALUES(22,'fetched-0001','user','settled',0,0,5001,4001,'2026-10-05T12:13:00+00:00','2026-11-29T06:11:35.915552+00:00',0);
INSERT INTO "ledger" VALUES(23,'failed-00003','user','reserved',216000,1,5001,4001,'2026-10-05T12:14:00+00:00','2026-10-05T12:14:00+00:00',1);
INSERT INTO "ledger" VALUES(24,'failed-00003','user','given_back',-216000,1,5001,4001,'2026-10-05T12:14:00+00:00','2026-11-29T06:11:35.918701+00:00',-1);
INSERT INTO "ledger" VALUES(25,'failed-00003','house','carried',216000,1,5001,4001,'2026-10-05T12:14:00+00:00','2026-11-29T06:11:35.918701+00:00',0);
INSERT INTO "ledger" VALUES(26,'running-0002','user','reserved',216000,1,5001,4001,'2026-10-05T12:15:00+00:00','2026-10-05T12:15:00+00:00',1);
INSERT INTO "ledger" VALUES(27,'fetched-0002','user','reserved',216000,1,5001,4001,'2026-10-05T12:16:00+00:00','2026-10-05T12:16:00+00:00',1);
INSERT INTO "ledger" VALUES(28,'fetched-0002','user','settled',0,0,5001,4001,'2026-10-05T12:16:00+00:00','2026-11-29T06:11:35.926868+00:00',0);
CREATE TABLE "limits" (
   "guild_id" INTEGER,
   "who" TEXT,
   "target_id" INTEGER,
   "kind" TEXT,
   "amount" INTEGER,
   "set_by" INTEGER NOT NULL,
   "set_at" TEXT NOT NULL,
   PRIMARY KEY ("guild_id", "who", "target_id", "kind")
) STRICT;
CREATE TABLE "rule_changes" (
   "id" INTEGER PRIMARY KEY,
   "changed_at" TEXT NOT NULL,
   "changed_by" INTEGER NOT NULL,
   "guild_id" INTEGER NOT NULL,
   "who" TEXT NOT NULL,
   "target_id" INTEGER NOT NULL,
   "subject" TEXT NOT NULL,
   "before" TEXT,
   "after" TEXT
) STRICT;
CREATE TABLE "settings" (
   "key" TEXT PRIMARY KEY,
   "value" TEXT NOT NULL
) STRICT;
CREATE TABLE "styles" (
   "owner" TEXT,
   "owner_id" INTEGER,
   "key" TEXT,
   "name" TEXT NOT NULL,
   "before" TEXT NOT NULL,
   "after" TEXT NOT NULL,
   "model" TEXT,
   "size" TEXT,
   "saved_by" INTEGER NOT NULL,
   "saved_at" TEXT NOT NULL,
   PRIMARY KEY ("owner", "owner_id", "key")
) STRICT;
CREATE TABLE "user_settings" (
   "user_id" INTEGER,
   "key" TEXT,
   "value" TEXT NOT NULL,
   PRIMARY KEY ("user_id", "key")
) STRICT;
CREATE TABLE "word_rules" (
   "guild_id" INTEGER,
   "key" TEXT,
   "words" TEXT NOT NULL,
   "is_test" INTEGER NOT NULL,
   "added_by" INTEGER NOT NULL,
   "added_at" TEXT NOT NULL,
   PRIMARY KEY ("guild_id", "key")
) STRICT;
CREATE VIRTUAL TABLE prompts using fts5 (
      prompt, content='jobs', content_rowid='interaction_id', tokenize='trigram'
    );
INSERT INTO prompts(prompts) VALUES('rebuild');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE UNIQUE INDEX "idx_jobs_interaction_id"
    ON "jobs" ("interaction_id");
CREATE INDEX "idx_jobs_told_at_created_at"
    ON "jobs" ("told_at", "created_at");
CREATE INDEX "idx_jobs_user_id_created_at"
    ON "jobs" ("user_id", "created_at");
CREATE INDEX "idx_jobs_guild_id_created_at"
    ON "jobs" ("guild_id", "created_at");
CREATE INDEX "idx_jobs_model_fetched_at"
    ON "jobs" ("model", "fetched_at");
CREATE UNIQUE INDEX "idx_jobs_callback_token"
    ON "jobs" ("callback_token");
CREATE INDEX "idx_jobs_retry_of_user_id"
    ON "jobs" ("retry_of", "user_id");
CREATE INDEX "idx_jobs_task_id"
    ON "jobs" ("task_id");
CREATE INDEX jobs_unfinished on jobs (user_id) where ended_at is null;
CREATE INDEX "idx_ledger_job_id"
    ON "ledger" ("job_id");
CREATE INDEX "idx_jobs_parent_job_id"
    ON "jobs" ("parent_job_id");
CREATE INDEX "idx_jobs_message_id"
    ON "jobs" ("message_id");
CREATE TRIGGER prompts_added after insert on jobs begin
      insert into prompts (rowid, prompt) values (new.interaction_id, new.prompt);
    end;
CREATE TRIGGER prompts_removed after delete on jobs begin
      insert into prompts (prompts, rowid, prompt)
        values ('delete', old.interaction_id, old.prompt);
    end;
CREATE TRIGGER prompts_changed after update of prompt, interaction_id on jobs begin
      insert into prompts (prompts, rowid, prompt)
        values ('delete', old.interaction_id, old.prompt);
      insert into prompts (rowid, prompt) values (new.interaction_id, new.prompt);
    end;
CREATE INDEX "idx_drafts_user_id_created_at"
    ON "drafts" ("user_id", "created_at");
CREATE INDEX "idx_drafts_created_at"
    ON "drafts" ("created_at");
CREATE INDEX "idx_jobs_channel_id_created_at"
    ON "jobs" ("channel_id", "created_at");
CREATE INDEX jobs_locales on jobs (user_id, created_at, locale) where locale is not null;
CREATE INDEX idx_jobs_named_task_id on jobs (named_task_id) where named_task_id is not null;
CREATE INDEX jobs_to_erase on jobs (erase_asked_at) where erase_asked_at is not null;
CREATE INDEX jobs_with_words on jobs (guild_id, created_at) where erased_at is null;
CREATE INDEX "idx_rule_changes_guild_id_changed_at"
    ON "rule_changes" ("guild_id", "changed_at");
CREATE INDEX budget_warnings_untold on budget_warnings (noted_at) where told_at is null;
CREATE INDEX "idx_ledger_user_id_payer_requested_at_guild_id_microcredits_pictures"
    ON "ledger" ("user_id", "payer", "requested_at", "guild_id", "microcredits", "pictures");
CREATE INDEX "idx_ledger_guild_id_requested_at_microcredits_pictures"
    ON "ledger" ("guild_id", "requested_at", "microcredits", "pictures");
CREATE INDEX "idx_ledger_requested_at_microcredits_pictures"
    ON "ledger" ("requested_at", "microcredits", "pictures");
CREATE INDEX "idx_jobs_created_at"
    ON "jobs" ("created_at");
CREATE VIEW "usage" AS 
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
from jobs;
COMMIT;

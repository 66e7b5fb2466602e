-- A copy of Sluice's audit log that whoever has Sluice's machine can add to and cannot change: one table, one role that
-- may insert into it and nothing else. docs/configure.md says how to make the role's key. For another name of the table
-- put it in place of sluice_audit and name it as audit.mirror.table.

create table public.sluice_audit (
  seq             bigint primary key check (seq > 0),
  -- UTC milliseconds, as it is hashed; `happened_at` is the same for people.
  at              bigint not null,
  actor_type      text   not null,
  actor_id        text,
  actor_name      text,
  actor_team      text,
  github_login    text,
  action          text   not null,
  object          text   not null,
  sha             text,
  evidence_digest text,
  reason_code     text,
  reason_text     text,
  client          text   not null,
  previous_hash   text   not null,
  hash            text   not null unique,
  happened_at     timestamptz generated always as (to_timestamp(at / 1000.0)) stored,
  -- When the row arrived here, by this database's clock.
  mirrored_at     timestamptz not null default now()
);
create index sluice_audit_object on public.sluice_audit (object, seq);

do $$
begin
  if not exists (select from pg_roles where rolname = 'sluice_audit') then
    create role sluice_audit nologin noinherit;
  end if;
end
$$;
-- PostgREST signs in as authenticator and becomes the role that a key names.
grant sluice_audit to authenticator;

alter table public.sluice_audit enable row level security;
revoke all on public.sluice_audit from public, anon, authenticated, sluice_audit;
grant usage on schema public to sluice_audit;
-- Not mirrored_at: when a row came is not for its sender to say.
grant insert (
  seq, at, actor_type, actor_id, actor_name, actor_team, github_login, action, object, sha, evidence_digest,
  reason_code, reason_text, client, previous_hash, hash
) on public.sluice_audit to sluice_audit;
create policy sluice_audit_insert on public.sluice_audit for insert to sluice_audit with check (true);

-- Looks where the role itself cannot. A row that is here already is passed over, so that a batch whose answer was lost
-- can be sent again. (An insert that says "on conflict do nothing" would need the right to read.) One that does not
-- follow the row before it, or is here with other content, is an error with a code of its own: then either the log or
-- the copy was tampered with, or the log is an older one from a backup.
create function public.sluice_audit_follows() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  present text;
begin
  select hash into present from public.sluice_audit where seq = new.seq;
  if found then
    if present = new.hash then
      return null;
    end if;
    raise exception 'row % is in the copy with the hash %, not %', new.seq, present, new.hash using errcode = 'SL409';
  end if;
  if new.seq = 1 then
    return new;
  end if;
  select hash into present from public.sluice_audit where seq = new.seq - 1;
  if not found then
    raise exception 'row % is not in the copy, and row % has to follow it', new.seq - 1, new.seq using errcode = 'SL404';
  end if;
  if present <> new.previous_hash then
    raise exception 'row % does not follow row % in the copy', new.seq, new.seq - 1 using errcode = 'SL409';
  end if;
  return new;
end
$$;
revoke all on function public.sluice_audit_follows() from public;
create trigger sluice_audit_follows before insert on public.sluice_audit
  for each row execute function public.sluice_audit_follows();

-- Policies do not bind the service role or the owner; this does, until somebody takes it away on purpose.
create function public.sluice_audit_is_append_only() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  raise exception 'the audit log is append-only';
end
$$;
create trigger sluice_audit_is_append_only before update or delete or truncate on public.sluice_audit
  for each statement execute function public.sluice_audit_is_append_only();

-- PostgREST looks at its schemas anew.
notify pgrst, 'reload schema';

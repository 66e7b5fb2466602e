import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSafeToRollBackOver, scanMigration } from '../../../src/release/evidence/scan-migration.ts'
import type { DestructiveStatement, EvidenceMigration } from '../../../src/release/evidence.ts'

function found(sql: string): readonly string[] {
  return scanMigration('m.sql', sql).map(({ line, kind }) => `${line} ${kind}`)
}

describe('what loses data or breaks running code is called out with its line', () => {
  test.each<[string, readonly string[]]>([
    ['DROP TABLE users;', ['1 drop']],
    ['drop table if exists public."Users" cascade', ['1 drop']],
    [
      'drop schema a; drop view v; drop materialized view m; drop type t; drop function f(int);',
      Array(5).fill('1 drop'),
    ],
    ['\n\n  drop\n  index i;', ['3 drop']],
    ['TRUNCATE users, orders;', ['1 truncate']],
    ['truncate table only users', ['1 truncate']],
    ['ALTER TABLE users DROP COLUMN email;', ['1 drop_column']],
    ['ALTER TABLE users DROP email;', ['1 drop_column']],
    ['alter table if exists only public.users drop column if exists email, drop column name;', ['1 drop_column']],
    ['alter table users\n  add column a int,\n  drop column b;', ['1 drop_column']],
    ['alter table "drop column" drop constraint c;', []],
    ['alter table users drop constraint email_key, add constraint c check (a is not null);', []],
    ['alter type pair drop attribute a;', ['1 drop_column']],
    ['alter table users alter column a type int;', ['1 narrow_type']],
    ['alter table users alter a set data type varchar(20);', ['1 narrow_type']],
    ['alter table users alter column a type numeric(10,2);', ['1 narrow_type']],
    ['alter table users alter column a type timestamp;', ['1 narrow_type']],
    ['alter table users alter column a type bigint using a::bigint;', ['1 narrow_type']],
    ['alter table users alter column a type text, alter column b type varchar, alter c type bigint;', []],
    ['alter table users alter column a type character varying collate "C";', []],
    ['alter table users alter column a type timestamp with time zone;', []],
    ['alter table users alter column a type my_enum;', ['1 narrow_type']],
    ['alter table users alter column a set not null;', ['1 not_null_without_default']],
    ['alter table users alter column a drop not null, alter b set default 1, alter c drop default;', []],
    ['alter table users add column a int not null;', ['1 not_null_without_default']],
    ['alter table users add if not exists a text not null check (a is not null);', ['1 not_null_without_default']],
    ['alter table users add column a int not null default 0;', []],
    ['alter table users add column a int not null default null;', ['1 not_null_without_default']],
    ['alter table users add column a int generated always as identity not null;', []],
    ['alter table users add column a int not null generated always as (b + 1) stored;', []],
    ['alter table users add column a bigserial primary key;', []],
    ['alter table users add column a uuid primary key;', ['1 not_null_without_default']],
    ['alter table users add column a int check (a is not null), add primary key (id);', []],
    ['create table t (a int not null);', []],
    ['delete from users;', ['1 delete_all']],
    ['delete from only users u using x', ['1 delete_all']],
    ['delete from users where id = 1;', []],
    ['delete from users where true;', ['1 delete_all']],
    ['update users set a = 1 where 1 = 1 returning a;', ['1 delete_all']],
    ['update users set a = 1;', ['1 delete_all']],
    ['update users u set a = (select 1 from x where x.id = u.id);', ['1 delete_all']],
    ['update only users as u set a = 1 from x where x.id = u.id;', []],
    ['with gone as (delete from users returning id) select * from gone;', ['1 delete_all']],
    ['with gone as (delete from users where id = 1 returning id) select * from gone;', []],
    ['with x as (select 1) delete from users;', ['1 delete_all']],
    ['insert into a values (1) on conflict (id) do update set a = 1;', []],
    ['select * from users for update;', []],
    ['create table t (a int references b on delete cascade on update set null);', []],
    ['create trigger t after update on users execute function f();', []],
    ['grant delete, update, truncate on users to x;', []],
    ['alter table users rename column a to b;', ['1 rename']],
    ['alter table users rename a to b;', ['1 rename']],
    ['alter table users rename to people;', ['1 rename']],
    ['alter table users rename constraint a to b;', []],
    ['alter table users set schema other;', ['1 rename']],
    ["alter type mood rename value 'a' to 'b'; alter function f(int) rename to g;", ['1 rename', '1 rename']],
    ['alter index a rename to b; alter policy p on t rename to q;', []],
    ["alter type mood add value 'not null';", []],
    ['alter table t detach partition p;', ['1 drop']],
    [
      'alter domain d set not null; alter domain d drop not null; alter domain d drop constraint c;',
      ['1 not_null_without_default'],
    ],
    [
      'alter table a drop column x, add column y int not null, rename to b;',
      ['1 drop_column', '1 not_null_without_default', '1 rename'],
    ],
  ])('%s', (sql, expected) => {
    expect(found(sql)).toEqual(expected)
  })
})

describe('what only looks so is not', () => {
  test.each<[string, readonly string[]]>([
    ['-- drop table users;\nselect 1;', []],
    ['/* drop table users; /* nested */ truncate users; */ select 1;', []],
    ["insert into log values ('it''s; drop table users;');", []],
    ["insert into log values (E'it\\'s; drop table users;');", []],
    ["insert into log values ('C:\\');\ndrop table users; -- '", ['2 drop']],
    ['select $$ ; drop table users; $$;', []],
    ['select $a$ $$; drop table users; $b$ $a$;', []],
    ['select "a; drop table users;" from t;', []],
    ["comment on table users is 'drop table users';", []],
    [
      'create function f() returns void language plpgsql as $$ begin\n drop table users;\n delete from users;\nend $$;',
      [],
    ],
    ["create function f() returns void language sql as 'truncate users;';\ndrop table a;", ['2 drop']],
    [
      'create function f() returns int begin atomic delete from users; select case when true then 1 end; end;\ndrop table a;',
      ['2 drop'],
    ],
    ['create view v as select $1, a$b from t; drop view v2', ['1 drop']],
    ['copy t from stdin;\n1\tdrop table x;\n\\.\ntruncate t;', ['4 truncate']],
    ['select 1;;; drop table a;drop table b', ['1 drop', '1 drop']],
    ['drop policy if exists "read" on users;\ncreate policy "read" on users for select using (true);', []],
    ['drop policy if exists "read" on users;\ncreate policy "read" on orders for select using (true);', ['1 drop']],
    ['drop trigger t on users; create or replace trigger t before insert on users execute function f();', []],
    ['drop index concurrently if exists i; create unique index concurrently if not exists i on t (a);', []],
    ['create temp table x as select 1; drop table x;', []],
    ['create table if not exists x (a int); drop table x;', ['1 drop']],
    ['drop table x; create table x (a int);', ['1 drop']],
  ])('%s', (sql, expected) => {
    expect(found(sql)).toEqual(expected)
  })
})

describe('DO blocks are executed and so are read', () => {
  test.each<[string, readonly string[]]>([
    ['do $$ begin\n  drop table users;\nend $$;', ['2 drop']],
    [
      `do $body$
declare
  n int := 0;
begin
  if exists (select 1 from users where a is null) then
    alter table users drop column a;
  else
    update users set a = case when b then 1 else 2 end
      where id = 1;
  end if;
  for r in select * from t loop
    delete from t;
  end loop;
  case n
    when 1 then truncate t;
    else null;
  end case;
exception when others then
  drop view v;
end
$body$ language plpgsql;
drop table z;`,
      ['6 drop_column', '12 delete_all', '15 truncate', '19 drop', '22 drop'],
    ],
    ["do $$ begin\n execute format('alter table %I.%I drop column %I', 'a', t, c);\nend $$", ['2 drop_column']],
    ["do $$ begin execute 'drop table ' || quote_ident(t); end $$", ['1 drop']],
    ["do $$ begin execute 'delete from ' || t || ' where id = 1'; end $$", []],
    ['do $$ begin execute $q$truncate users$q$; end $$', ['1 truncate']],
    ["do 'begin execute ''drop table x''; end'", ['1 drop']],
    [
      'do $$ begin\n  create function f() returns void as $f$ begin drop table x; end $f$ language plpgsql;\nend $$',
      [],
    ],
    ['do language plpython3u $$ drop table users $$', []],
    ["do $$ begin raise notice 'drop table x'; perform f(); end $$", []],
  ])('%s', (sql, expected) => {
    expect(found(sql)).toEqual(expected)
  })
})

describe('the statement that is shown', () => {
  test('is one line as it stands in the file, and at most 200 characters', () => {
    const [finding] = scanMigration('db/1.sql', '-- why\n\nALTER TABLE  "Users"\n  DROP COLUMN Email; select 1;')
    const expected: DestructiveStatement = {
      path: 'db/1.sql',
      line: 3,
      kind: 'drop_column',
      statement: 'ALTER TABLE "Users" DROP COLUMN Email',
    }
    expect(finding).toEqual(expected)
    const [long] = scanMigration('m.sql', `drop table ${'a, '.repeat(300)}b`)
    expect(long?.statement).toHaveLength(200)
    expect(long?.statement.endsWith('…')).toBe(true)
  })
})

describe('any text', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...["'", "''", "E'", '"', '$$', '$a$', '/*', '*/', '--', '\n', ';', '(', ')', ',', '\\', '.', '%', '`'],
    ),
    fc.constantFrom(
      ...['do ', 'begin ', 'end ', 'then ', 'case ', 'drop table t', 'alter table t ', 'drop column c', 'execute '],
    ),
    fc.string({ maxLength: 6 }),
  )

  test('is scanned without an error, with lines in order', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
        (sql) => {
          const lines = scanMigration('m.sql', sql).map(({ line }) => line)
          expect(lines.every((line) => line >= 1 && line <= sql.split('\n').length)).toBe(true)
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('a statement behind something harmless is always found, and never within quotes', () => {
    const harmless = fc.constantFrom(
      ...[
        "select 'a''b';",
        '/* x /* y */ ; */',
        "-- it's\n",
        "select $q$ ' $q$;",
        'select "a""b";',
        "select e'\\'';",
        'select 1;',
      ],
    )
    fc.assert(
      fc.property(fc.array(harmless, { maxLength: 12 }), fc.array(harmless, { maxLength: 5 }), (before, after) => {
        const sql = `${before.join(' ')}\ndrop table users;\n${after.join(' ')}`
        const line = `${before.join(' ')}\n`.split('\n').length
        expect(found(sql)).toEqual([`${line} drop`])
        expect(found(`create function f() as $zz$ ${sql} $zz$ language sql;`)).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  test('what is begun and never ended hides nothing', () => {
    for (const open of ["'", '"', '/*', '$$', '$a$', "E'", '`']) {
      expect(found(`select ${open} x;\ndrop table users;`), open).toEqual(['2 drop'])
    }
  })

  test.each([
    "'",
    "''",
    '"',
    '$a$',
    '$$',
    '/*',
    '*/',
    '--\n',
    '(',
    'drop table a;',
    'copy t from stdin;',
    'do $$ begin end $$;',
    'alter table t drop a,',
    'do $$',
    'case ',
    'delete from t ',
    'with ',
    '\n',
    '\\',
    "E'\\",
  ])('two megabytes of %j take less than four seconds', (part) => {
    const sql = part.repeat(Math.ceil(1_000_000 / part.length))
    const distinct = part === '$a$' ? Array.from({ length: 100_000 }, (_, index) => `$a${index}$`).join(' ') : ''
    const begin = performance.now()
    scanMigration('m.sql', sql)
    scanMigration('m.sql', `with ${sql}`)
    scanMigration('m.sql', distinct)
    expect(performance.now() - begin).toBeLessThan(4000)
  })
})

describe('rolling back over migrations', () => {
  const migration: EvidenceMigration = { path: 'm.sql', blob: 'b', change: 'added', destructive: [], isRead: true }

  test('is safe when all were read and none is destructive', () => {
    expect(isSafeToRollBackOver([])).toBe(true)
    expect(isSafeToRollBackOver([migration, { ...migration, change: 'removed' }])).toBe(true)
    expect(isSafeToRollBackOver([migration, { ...migration, isRead: false }])).toBe(false)
    const destructive = scanMigration('m.sql', 'drop table users')
    expect(isSafeToRollBackOver([{ ...migration, destructive }])).toBe(false)
  })
})

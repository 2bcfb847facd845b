-- What PostGraphile lacks: inserting many rows at once. Apart from the tables of Tandem.
CREATE SCHEMA IF NOT EXISTS peer;
CREATE OR REPLACE FUNCTION peer.create_touches(organization uuid, items json) RETURNS integer LANGUAGE sql VOLATILE AS $$
  WITH written AS (
    INSERT INTO public.touch (organization_id, id, occurred_at, kind, channel, actor_kind, resource, tactic_id, person_id, retracted, recorded_at)
    SELECT organization, gen_random_uuid(), occurred_at, kind, channel, actor_kind, resource, tactic_id, person_id, false, occurred_at
    FROM json_to_recordset(items)
      AS item (occurred_at bigint, kind text, channel text, actor_kind text, resource text, tactic_id uuid, person_id uuid)
    RETURNING 1
  )
  SELECT count(*)::integer FROM written
$$;

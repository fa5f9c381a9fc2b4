import "../snapshot/bearers_test.ts";
import "../snapshot/file/paths_test.ts";
import "../snapshot/file/slabs_test.ts";
import "../snapshot/pool_test.ts";
import "../snapshot/record_migrations_test.ts";
import "../snapshot/rows_by_id_test.ts";
import "../snapshot/state_test.ts";

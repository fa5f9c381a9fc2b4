import "../url/getting_started_test.ts";
import "../url/import_test.ts";
import "../url/package_json_test.ts";

// SQLite with a database in memory and one in the file system, with transactions, rollback and an integrity
// check.
#include <sqlite3.h>

#include <filesystem>
#include <string>

#include "../../guest/check.h"

namespace {

class Database {
 public:
  explicit Database(const std::string& path) { sqlite3_open(path.c_str(), &handle_); }
  ~Database() { sqlite3_close(handle_); }
  bool run(const std::string& sql) {
    char* error = nullptr;
    const bool done = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &error) == SQLITE_OK;
    if (!done) std::printf("%s: %s\n", sql.c_str(), error);
    sqlite3_free(error);
    return done;
  }
  std::string ask(const std::string& sql) {
    std::string out;
    sqlite3_exec(
        handle_, sql.c_str(),
        [](void* to, int count, char** values, char**) {
          for (int i = 0; i < count; ++i)
            *static_cast<std::string*>(to) += std::string(values[i] ? values[i] : "NULL") + ";";
          return 0;
        },
        &out, nullptr);
    return out;
  }

 private:
  sqlite3* handle_ = nullptr;
};

void exercise(Database& database) {
  CHECK(database.run("CREATE TABLE patient(id INTEGER PRIMARY KEY, name TEXT, radius REAL)"));
  CHECK(database.run("CREATE INDEX by_radius ON patient(radius)"));
  CHECK(database.run("BEGIN"));
  for (int i = 0; i < 2000; ++i)
    CHECK(database.run("INSERT INTO patient(name, radius) VALUES('p" + std::to_string(i) + "', " +
                       std::to_string(i * 0.5) + ")"));
  CHECK(database.run("COMMIT"));
  CHECK_EQ(database.ask("SELECT count(*), sum(radius) FROM patient"), "2000;999500.0;");
  CHECK(database.run("BEGIN"));
  CHECK(database.run("DELETE FROM patient WHERE id % 2 = 0"));
  CHECK_EQ(database.ask("SELECT count(*) FROM patient"), "1000;");
  CHECK(database.run("ROLLBACK"));
  CHECK_EQ(database.ask("SELECT count(*) FROM patient WHERE radius < 10"), "20;");
  CHECK_EQ(
      database.ask("SELECT group_concat(name) FROM (SELECT name FROM patient ORDER BY radius DESC LIMIT 3)"),
      "p1999,p1998,p1997;");
  CHECK_EQ(database.ask("PRAGMA integrity_check"), "ok;");
}

}  // namespace

CASE(a_database_in_memory) {
  Database database(":memory:");
  exercise(database);
}

CASE(a_database_in_the_file_system) {
  {
    Database database("test.db");
    exercise(database);
  }
  Database again("test.db");
  CHECK_EQ(again.ask("SELECT count(*) FROM patient"), "2000;");
  CHECK(again.run("VACUUM"));
  CHECK_EQ(again.ask("PRAGMA integrity_check"), "ok;");
  CHECK(std::filesystem::file_size("test.db") > 10'000);
}

CASE(two_connections_lock_each_other_out) {
  Database first("locks.db"), second("locks.db");
  CHECK(first.run("CREATE TABLE t(x)"));
  CHECK(first.run("BEGIN EXCLUSIVE"));
  CHECK(!second.run("INSERT INTO t VALUES(1)"));
  CHECK(first.run("INSERT INTO t VALUES(2)"));
  CHECK(first.run("COMMIT"));
  CHECK(second.run("INSERT INTO t VALUES(3)"));
  CHECK_EQ(first.ask("SELECT sum(x) FROM t"), "5;");
}

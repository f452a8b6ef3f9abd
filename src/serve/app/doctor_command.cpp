// doctor: is everything in order, and if not, what to do. First the machine around a data
// directory, which can be looked at while a server has it open, then what is stored.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "ground/base/json.h"
#include "serve/app/commands.h"

namespace aizuchi::serve {

using ground::Result;
using Examined = Partition::Examined;

namespace {

constexpr uint64_t mebibyte = 1 << 20;
constexpr uint64_t plenty_bytes = 1024 * mebibyte;
constexpr int syncs = 15;
constexpr double slow_sync_ms = 20;
constexpr rlim_t open_files_min = 4096;

Examined disk_space(const std::string& data) {
  struct statvfs info{};
  if (::statvfs(data.c_str(), &info) != 0)
    return {"disk", fmt::format("{} cannot be looked at", data), "is the path right?", true};
  const uint64_t free = static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  const uint64_t watermark = ground::StoreOptions().free_bytes_min;
  Examined out{.check = "disk", .says = fmt::format("{} MiB are free", free / mebibyte)};
  if (free >= plenty_bytes) return out;
  out.wrong = free < watermark;
  out.says += out.wrong ? ": events are refused with 507" : "";
  out.remedy =
      fmt::format("free some space; below {} MiB events are refused", watermark / mebibyte);
  return out;
}

// The median of some small synced writes: what a commit waits for.
Examined sync_speed(const std::string& data) {
  const std::string path = data + "/doctor.sync";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::vector<double> took_ms;
  for (int i = 0; i < syncs && fd >= 0; ++i) {
    const std::array<char, 4096> bytes{};
    const auto began = std::chrono::steady_clock::now();
    if (::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) break;
    if (::fsync(fd) != 0) break;
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    took_ms.push_back(took.count());
  }
  if (fd >= 0) ::close(fd);
  ::unlink(path.c_str());
  if (took_ms.size() < syncs)
    return {"fsync", fmt::format("a synced write to {} failed", data),
            "look at the disk and at who may write there", true};
  std::ranges::sort(took_ms);
  const double median = took_ms[syncs / 2];
  Examined out{.check = "fsync", .says = fmt::format("a sync takes {:.1f} ms", median)};
  if (median > slow_sync_ms)
    out.remedy = "each event waits for one: use a disk of its own, an SSD with a write cache";
  return out;
}

Examined open_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  Examined out{.check = "open-files",
               .says = fmt::format("{} files may be open at once", limit.rlim_cur)};
  if (limit.rlim_cur < open_files_min)
    out.remedy = fmt::format("raise it: ulimit -n {}, or LimitNOFILE= of the unit", open_files_min);
  return out;
}

Examined keyring(const std::string& directory) {
  const std::string key = directory + "/master.key";
  struct stat folder{}, file{};
  if (::stat(directory.c_str(), &folder) != 0 || ::stat(key.c_str(), &file) != 0)
    return {"keyring", fmt::format("{} is missing", key),
            "bring it back from where the keyring is kept, or name it with --keyring", true};
  Examined out{.check = "keyring", .says = fmt::format("{} is there, for its owner only", key)};
  if ((file.st_mode & 077) == 0 && (folder.st_mode & 077) == 0) return out;
  out.wrong = (file.st_mode & 077) != 0;
  out.says = fmt::format("{} can be looked into by others", out.wrong ? key : directory);
  out.remedy = fmt::format("chmod 700 {}; chmod 600 {}", directory, key);
  return out;
}

std::vector<Examined> machine(const CommandOptions& options) {
  const std::string keys = options.keyring.empty() ? options.data + "-keys" : options.keyring;
  return {disk_space(options.data), sync_speed(options.data), open_files(), keyring(keys)};
}

// Everything of a directory; what is stored only when nobody else has it open.
std::vector<Examined> examine(const CommandOptions& options, bool& held) {
  std::vector<Examined> out = machine(options);
  const auto partition = open_data(options);
  held = !partition && partition.error().message.starts_with("Another process has");
  if (held) {
    out.push_back({"lock", "another process has it open, probably a server",
                   "ask it with --server, or stop it: what is stored was not looked at", false});
    return out;
  }
  if (!partition) {
    const ground::Error& error = partition.error();
    out.push_back({"open", error.message,
                   error.hint.empty() ? "restore the newest backup" : error.hint, true});
    return out;
  }
  out.push_back({.check = "lock", .says = "no other process has it open"});
  for (Examined& line : (*partition)->examine()) out.push_back(std::move(line));
  return out;
}

std::vector<Examined> examine_server(const ServerAddress& server, Result<void>& reached) {
  std::vector<Examined> out;
  for (const char* path : {"/healthz", "/readyz"}) {
    const auto answer = ask_server(server, "GET", path);
    if (!answer) {
      reached = std::unexpected(answer.error());
      return out;
    }
    Examined line{.check = path + 1, .says = answer->body};
    if (answer->status != 200) {
      line.wrong = true;
      line.remedy = "it says what to do; `aizuchi doctor --data` says more, once it is stopped";
    } else if (answer->body.find(R"("backfilling":true)") != std::string::npos) {
      line.remedy = "it fills a new aggregate from history; that goes on by itself";
    }
    out.push_back(std::move(line));
  }
  return out;
}

std::string_view state_of(const Examined& line) {
  return line.wrong ? "wrong" : line.remedy.empty() ? "ok" : "note";
}

int print(const std::vector<Examined>& lines, bool as_json, Terminal& terminal) {
  ground::JsonWriter json;
  json.array();
  for (const Examined& line : lines) {
    json.object().member("check", line.check).member("state", state_of(line));
    json.member("says", line.says);
    if (!line.remedy.empty()) json.member("remedy", line.remedy);
    json.end_object();
    if (as_json) continue;
    terminal.data(fmt::format("{:<5} {:<10} {}", state_of(line), line.check, line.says));
    if (!line.remedy.empty()) terminal.data(fmt::format("{:<16} {}", "", line.remedy));
  }
  if (as_json) terminal.data(json.end_array().take());
  return std::ranges::any_of(lines, &Examined::wrong) ? exit_failed : exit_ok;
}

}  // namespace

Outcome run_doctor(const CommandOptions& options, Terminal& terminal) {
  if (!options.server.empty()) {
    Result<void> reached;
    const auto lines = examine_server(TRY(server_of(options)), reached);
    TRY(std::move(reached));
    return print(lines, options.json, terminal);
  }
  TRY(refuse_new(options));
  bool held = false;
  const int code = print(examine(options, held), options.json, terminal);
  return held && code == exit_ok ? exit_unreachable : code;
}

}  // namespace aizuchi::serve

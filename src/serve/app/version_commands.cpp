// versions and pull: what was published before, and its files back in a folder.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "ground/base/json.h"
#include "ground/catalog/snapshot.h"
#include "serve/app/commands.h"
#include "serve/http/operator_json.h"

namespace aizuchi::serve {

namespace fs = std::filesystem;

using ground::BrandFiles;
using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

Result<std::string> list_versions(const CommandOptions& options) {
  if (!options.server.empty()) return ask_at_server(options, "GET", "/admin/api/versions");
  const auto partition = TRY(open_data(options));
  const auto snapshot = partition->snapshot();
  return versions_json(TRY(partition->versions()), snapshot ? snapshot->version : 0,
                       partition->stops());
}

void print_version(const Value& version, const std::string& live, Terminal& terminal) {
  static const Value none;
  const Value* counts = version.find("counts");
  const Value& n = counts == nullptr ? none : *counts;
  const std::string back = member_text(version, "rollbackOf");
  std::string line = fmt::format("{:>5}  {:<24}  {:<10} {:<16}", member_text(version, "version"),
                                 member_text(version, "at"), member_text(version, "by"),
                                 fmt::format("+{} ~{} -{}", member_text(n, "added"),
                                             member_text(n, "changed"), member_text(n, "removed")));
  if (member_text(version, "version") == live) line += "  live";
  if (!back.empty()) line += fmt::format("  rollback of {}", back);
  line.erase(line.find_last_not_of(' ') + 1);
  terminal.data(line);
}

struct Pulled {
  std::string version;
  BrandFiles files;
};

Result<Pulled> pull_from_server(const CommandOptions& options) {
  const std::string query =
      options.version > 0 ? fmt::format("?version={}", options.version) : std::string();
  const std::string answer = TRY(ask_at_server(options, "GET", "/admin/api/publish" + query));
  const Value json = TRY(ground::parse_json(answer));
  const Value* files = json.find("files");
  if (files == nullptr || !files->is(Value::Kind::map))
    return fail(ErrorCode::internal, "The answer holds no files.");
  Pulled out{.version = member_text(json, "version"), .files = {}};
  for (const auto& [path, text] : files->as_map())
    out.files.files[path.as_string()] = ground::to_display(text);
  return out;
}

Result<Pulled> pull(const CommandOptions& options) {
  if (!options.server.empty()) return pull_from_server(options);
  const auto partition = TRY(open_data(options));
  Pulled out{.version = "", .files = TRY(partition->published_files(options.version))};
  const uint64_t version = options.version > 0 ? options.version : partition->snapshot()->version;
  out.version = fmt::to_string(version);
  return out;
}

// A path that was published by someone else must not lead out of the folder.
bool stays_inside(const std::string& path) {
  const fs::path relative(path);
  if (path.empty() || relative.is_absolute() || path.find('\\') != std::string::npos) return false;
  for (const fs::path& part : relative)
    if (part == ".." || part == "." || part.empty()) return false;
  return true;
}

std::optional<std::string> bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

Result<void> write_file(const fs::path& path, const std::string& bytes) {
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  // Beside it first: a full disk leaves the old file whole.
  const fs::path fresh = path.string() + ".part";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << bytes;
  out.close();
  if (out) fs::rename(fresh, path, failed);
  if (!out || failed)
    return fail(ErrorCode::unavailable, fmt::format("{} cannot be written.", path.string()));
  return {};
}

}  // namespace

Outcome run_versions(const CommandOptions& options, Terminal& terminal) {
  const std::string listed = TRY(list_versions(options));
  if (options.json) {
    terminal.data(listed);
    return exit_ok;
  }
  const Value json = TRY(ground::parse_json(listed));
  const Value* versions = json.find("versions");
  if (versions == nullptr || !versions->is(Value::Kind::list) || versions->as_list().empty()) {
    terminal.message("Nothing has been published yet.");
    terminal.next("aizuchi apply DIR");
    return exit_ok;
  }
  for (const Value& version : versions->as_list())
    print_version(version, member_text(json, "live"), terminal);
  if (const Value* stops = json.find("stops"); stops != nullptr && stops->is(Value::Kind::list))
    for (const Value& stop : stops->as_list())
      if (stop.find("liftedAt") == nullptr) terminal.data(stop_line(stop));
  return exit_ok;
}

Outcome run_pull(const CommandOptions& options, Terminal& terminal) {
  const Pulled pulled = TRY(pull(options));
  const fs::path folder(options.argument);
  std::vector<const std::pair<const std::string, std::string>*> to_write;
  size_t changed = 0;
  for (const auto& file : pulled.files.files) {
    if (!stays_inside(file.first))
      return fail(ErrorCode::invalid,
                  fmt::format("Version {} holds a path that leads out of the folder: {}",
                              pulled.version, file.first),
                  "Nothing has been written.");
    const auto here = bytes_of(folder / file.first);
    if (here && *here == file.second) continue;
    to_write.push_back(&file);
    if (!here || options.force) continue;
    terminal.message(fmt::format("~ {}", file.first));
    ++changed;
  }
  if (changed > 0)
    return fail(
        ErrorCode::invalid,
        fmt::format("{} file{} in {} differ{} from version {}.", changed, changed == 1 ? "" : "s",
                    options.argument, changed == 1 ? "s" : "", pulled.version),
        "Add --force to overwrite what is listed above; nothing has been written.");
  for (const auto* file : to_write) TRY(write_file(folder / file->first, file->second));
  terminal.message(fmt::format("{} holds version {}: {} files written, {} the same already.",
                               options.argument, pulled.version, to_write.size(),
                               pulled.files.files.size() - to_write.size()));
  const auto here = ground::read_brand_folder(options.argument);
  if (!here) return exit_ok;
  for (const auto& [path, bytes] : here->files)
    if (!pulled.files.files.contains(path))
      terminal.message(fmt::format("{} is not of this version; it was left alone.", path));
  return exit_ok;
}

}  // namespace aizuchi::serve

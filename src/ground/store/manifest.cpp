#include "ground/store/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "ground/store/store.h"

namespace aizuchi::ground {

namespace {

constexpr uint64_t backup_format = 1;
constexpr const char* damaged_hint =
    "keep it as it is and use another backup; this one has changed since it was made";

std::unexpected<Error> system_failure(const std::string& path) {
  return fail(ErrorCode::unavailable, path + ": " + std::generic_category().message(errno));
}

class File {
 public:
  File(const std::string& path, int flags)
      : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  bool opened() const { return fd_ >= 0; }
  Result<std::string> read_all() const {
    struct stat info{};
    if (::fstat(fd_, &info) != 0) return system_failure(path_);
    std::string out(static_cast<size_t>(info.st_size), '\0');
    for (size_t done = 0; done < out.size();) {
      const ssize_t n = ::read(fd_, out.data() + done, out.size() - done);
      if (n < 0) return system_failure(path_);
      if (n == 0) out.resize(done);
      done += static_cast<size_t>(n);
    }
    return out;
  }
  Result<void> write_all(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n <= 0) return system_failure(path_);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return sync();
  }
  Result<void> sync() const {
    if (::fsync(fd_) != 0) return system_failure(path_);
    return {};
  }

 private:
  std::string path_;
  int fd_;
};

Result<std::string> read_file(const std::string& path) {
  const File file(path, O_RDONLY);
  if (!file.opened()) return system_failure(path);
  return file.read_all();
}

Result<void> write_file(const std::string& path, std::string_view bytes) {
  const File file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (!file.opened()) return system_failure(path);
  return file.write_all(bytes);
}

std::string sum_line(std::string_view manifest) {
  return hex(sha256(manifest)) + "  manifest.json\n";
}

// Locks are of the process that held them, not of the data.
bool is_lock(const std::string& name) {
  return name == "LOCK" || name == "aizuchi.lock";
}

uint64_t number_in(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  return found == nullptr ? 0 : static_cast<uint64_t>(std::max(0.0, found->number_or(0)));
}
std::string text_in(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  const bool text = found != nullptr && found->is(Value::Kind::string);
  return text ? std::string(found->as_string()) : "";
}

Result<Manifest> parse(const std::string& path, const std::string& text) {
  const Value json = TRY(parse_json(text));
  if (const uint64_t format = number_in(json, "format"); format > backup_format)
    return fail(ErrorCode::unsupported,
                path + " is of format " + std::to_string(format) + "; this program reads 1",
                "use the newer Aizuchi that wrote it");
  Manifest out{.made_at = parse_instant(text_in(json, "madeAt")).value_or(Instant{}),
               .last_sequence = number_in(json, "lastSequence"),
               .link = text_in(json, "link"),
               .digest = text_in(json, "digest"),
               .people = number_in(json, "people"),
               .untold = number_in(json, "untold"),
               .files = {}};
  const Value* files = json.find("files");
  if (files != nullptr && files->is(Value::Kind::list))
    for (const Value& file : files->as_list())
      out.files.push_back(
          {text_in(file, "name"), number_in(file, "bytes"), text_in(file, "sha256")});
  const bool named = std::ranges::all_of(out.files, [](const FileSum& file) {
    return !file.name.empty() && !file.name.starts_with('.') &&
           file.name.find('/') == std::string::npos;
  });
  if (out.files.empty() || !named || out.digest.empty())
    return fail(ErrorCode::corrupted, path + " does not name what a backup has", damaged_hint);
  return out;
}

}  // namespace

uint64_t Manifest::bytes() const {
  uint64_t out = 0;
  for (const FileSum& file : files) out += file.bytes;
  return out;
}

Result<std::vector<FileSum>> sum_files(const std::string& directory) {
  std::vector<FileSum> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (is_lock(name)) continue;
    const File file(entry.path().string(), O_RDONLY);
    if (!file.opened()) return system_failure(entry.path().string());
    const std::string bytes = TRY(file.read_all());
    TRY(file.sync());
    out.push_back({name, bytes.size(), hex(sha256(bytes))});
  }
  if (error) return fail(ErrorCode::unavailable, directory + ": " + error.message());
  std::ranges::sort(out, {}, &FileSum::name);
  TRY(sync_folder(directory));
  return out;
}

Result<void> write_manifest(const std::string& directory, const Manifest& manifest) {
  JsonWriter json;
  json.object().member("format", backup_format).member("storeFormat", store_format);
  json.member("madeAt", format_instant(manifest.made_at));
  json.member("lastSequence", manifest.last_sequence).member("link", manifest.link);
  json.member("digest", manifest.digest).member("people", manifest.people);
  if (manifest.untold > 0) json.member("untold", manifest.untold);
  json.key("files").array();
  for (const FileSum& file : manifest.files)
    json.object()
        .member("name", file.name)
        .member("bytes", file.bytes)
        .member("sha256", file.sha256)
        .end_object();
  const std::string text = json.end_array().end_object().take() + "\n";
  TRY(write_file(directory + "/manifest.json", text));
  TRY(write_file(directory + "/manifest.json.sha256", sum_line(text)));
  return sync_folder(directory);
}

Result<Manifest> read_manifest(const std::string& directory) {
  const std::string path = directory + "/manifest.json";
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return fail(ErrorCode::not_found, directory + " is not a backup: it has no manifest.json",
                "give the directory that `aizuchi backup` made");
  const std::string text = TRY(read_file(path));
  const std::string sum = TRY(read_file(path + ".sha256"));
  if (sum != sum_line(text))
    return fail(ErrorCode::corrupted, path + " does not have the sum in manifest.json.sha256",
                damaged_hint);
  return parse(path, text);
}

Result<void> copy_files(const std::vector<FileSum>& files, const std::string& from,
                        const std::string& to) {
  for (const FileSum& file : files) {
    const std::string path = from + "/" + file.name;
    std::error_code error;
    if (!std::filesystem::exists(path, error))
      return fail(ErrorCode::not_found, path + " is missing", damaged_hint);
    const std::string bytes = TRY(read_file(path));
    if (bytes.size() != file.bytes || hex(sha256(bytes)) != file.sha256)
      return fail(ErrorCode::corrupted, path + " is not what was backed up", damaged_hint);
    TRY(write_file(to + "/" + file.name, bytes));
  }
  return sync_folder(to);
}

namespace {

constexpr std::string_view mark_name = "/BACKUP";
constexpr std::string_view mark_text =
    "The data of a backup, without people's keys. Make a data directory of it:\n"
    "  aizuchi restore BACKUP --data NEW --keyring KEYS\n";

}  // namespace

Result<void> mark_backup(const std::string& directory) {
  return write_file(directory + std::string(mark_name), mark_text);
}

Result<void> unmark_backup(const std::string& directory) {
  const std::string path = directory + std::string(mark_name);
  if (::unlink(path.c_str()) != 0) return system_failure(path);
  return sync_folder(directory);
}

Result<void> refuse_backup(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory + std::string(mark_name), error)) return {};
  return fail(ErrorCode::conflict, directory + " is the data of a backup, without people's keys",
              "make a data directory of it: aizuchi restore BACKUP --data NEW");
}

Result<void> sync_folder(const std::string& directory) {
  const File folder(directory, O_RDONLY | O_DIRECTORY);
  if (!folder.opened()) return system_failure(directory);
  return folder.sync();
}

}  // namespace aizuchi::ground

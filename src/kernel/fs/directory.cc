#include "kernel/fs/directory.h"

#include <cstring>
#include <utility>

#include "kernel/allocate.h"

namespace strongroom::kernel {
namespace {

constexpr size_t kFirstBuckets = 8;

// FNV-1a, 32 bits (draft-eastlake-fnv-17, section 2). The program names its own files; no stranger picks
// them.
uint32_t hash_of(std::string_view name) {
  uint32_t hash = 2166136261u;
  for (const char character : name) hash = (hash ^ static_cast<uint8_t>(character)) * 16777619u;
  return hash;
}

size_t size_of_entry(size_t name_size) {
  return sizeof(DirectoryEntry) + name_size;
}

}  // namespace

Directory::~Directory() {
  while (oldest_ != nullptr) remove(oldest_);
  if (buckets_ != nullptr) release(buckets_, bucket_count_ * sizeof(*buckets_));
}

DirectoryEntry* Directory::find(std::string_view name) const {
  if (count_ == 0) return nullptr;
  const uint32_t hash = hash_of(name);
  DirectoryEntry* entry = buckets_[hash % bucket_count_];
  while (entry != nullptr && (entry->hash != hash || entry->name() != name)) entry = entry->next_in_bucket;
  return entry;
}

const DirectoryEntry* Directory::entry_from(uint64_t cookie) const {
  const DirectoryEntry* entry = oldest_;
  while (entry != nullptr && entry->cookie < cookie) entry = entry->newer;
  return entry;
}

// Makes room for one entry more; false only when there is no bucket at all.
bool Directory::grow() {
  if (count_ < bucket_count_) return true;
  const size_t wanted = bucket_count_ == 0 ? kFirstBuckets : bucket_count_ * 4;
  auto** buckets = static_cast<DirectoryEntry**>(allocate(wanted * sizeof(*buckets_)));
  if (buckets == nullptr) return bucket_count_ != 0;
  for (DirectoryEntry* entry = oldest_; entry != nullptr; entry = entry->newer) {
    entry->next_in_bucket = buckets[entry->hash % wanted];
    buckets[entry->hash % wanted] = entry;
  }
  if (buckets_ != nullptr) release(buckets_, bucket_count_ * sizeof(*buckets_));
  buckets_ = buckets;
  bucket_count_ = wanted;
  return true;
}

Result<void> Directory::add(std::string_view name, Ref<Inode> inode) {
  if (removed() || lists_descriptors) return Errno::kNoEntry;
  if (!grow()) return Errno::kNoSpace;
  void* memory = allocate(size_of_entry(name.size()));
  if (memory == nullptr) return Errno::kNoSpace;
  auto* entry = new (memory) DirectoryEntry{};
  memcpy(static_cast<char*>(memory) + sizeof(DirectoryEntry), name.data(), name.size());
  entry->name_size = static_cast<uint32_t>(name.size());
  entry->hash = hash_of(name);
  entry->cookie = next_cookie_++;
  entry->owner = this;
  entry->older = newest_;
  (newest_ != nullptr ? newest_->newer : oldest_) = entry;
  newest_ = entry;
  entry->next_in_bucket = buckets_[entry->hash % bucket_count_];
  buckets_[entry->hash % bucket_count_] = entry;
  ++count_;
  attach(entry, std::move(inode));
  modified();
  return {};
}

void Directory::remove(DirectoryEntry* entry) {
  const Ref<Inode> inode = detach(entry);
  DirectoryEntry** link = &buckets_[entry->hash % bucket_count_];
  while (*link != entry) link = &(*link)->next_in_bucket;
  *link = entry->next_in_bucket;
  (entry->older != nullptr ? entry->older->newer : oldest_) = entry->newer;
  (entry->newer != nullptr ? entry->newer->older : newest_) = entry->older;
  --count_;
  const size_t size = size_of_entry(entry->name_size);
  entry->~DirectoryEntry();
  release(entry, size);
  modified();
}

Ref<Inode> Directory::replace(DirectoryEntry* entry, Ref<Inode> inode) {
  Ref<Inode> before = detach(entry);
  attach(entry, std::move(inode));
  modified();
  return before;
}

void Directory::attach(DirectoryEntry* entry, Ref<Inode> inode) {
  if (Directory* child = as_directory(inode.get())) {
    child->parent = Ref<Directory>(this);
    child->links += 2;
    ++links;
  } else {
    ++inode->links;
  }
  inode->place = entry;
  inode->changed();
  entry->inode = std::move(inode);
}

Ref<Inode> Directory::detach(DirectoryEntry* entry) {
  Ref<Inode> inode = std::move(entry->inode);
  if (Directory* child = as_directory(inode.get())) {
    child->links -= 2;  // the parent stays known: .. of a removed directory leads there
    --links;
  } else {
    --inode->links;
  }
  if (inode->place == entry) inode->place = nullptr;  // else a rename has put it elsewhere already
  inode->changed();
  return inode;
}

}  // namespace strongroom::kernel

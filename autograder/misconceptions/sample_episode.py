"""The known mistakes of `sample_episode`."""

from autograder.misconceptions.mistake import Mistake

MISTAKES = (
    Mistake(
        "plain_tuple",
        "You return a plain tuple: support and query can then only be told apart by their position.",
        next_step="Return an Episode, the NamedTuple above the function.",
    ),
    Mistake(
        "one_list_of_images",
        "Your support and query are one long list of images: which class an image belongs to is lost.",
        next_step="Keep a dimension for the classes and one for the images of a class.",
    ),
    Mistake(
        "shot_first",
        "The first dimension of your support and query counts the images of a class, and the second one the classes: "
        "it should be the other way round.",
        next_step="A row is a class. Look at the shapes in the docstring of Episode.",
    ),
    Mistake(
        "support_and_query_swapped",
        "Your support has as many images as the query should have, and the query as many as the support should have.",
        next_step="Look at where you split the images of a class.",
    ),
    Mistake(
        "pixels_shuffled",
        "The pixels of your images change places within the image: an episode holds the given images as they are.",
        next_step="Index the first dimension of `images` only, and neither transpose nor reshape what is in an image.",
    ),
    Mistake(
        "converted_to_float",
        "Your episode holds floating-point numbers whatever the images are: the dtype of `images` is lost.",
        next_step="Index the images; no conversion is needed.",
    ),
    Mistake(
        "used_images_are_blanked",
        "You write into `images` or `labels`: they are the caller's, and the next episode is drawn from other data.",
        next_step="Keep what is used in tensors of your own.",
    ),
    Mistake(
        "labels_count_from_0",
        "You take the classes to be 0, 1, 2, …, but labels may be any integers: "
        "for other labels you look for classes that do not exist.",
        next_step="Draw from the values that occur in `labels`.",
    ),
    Mistake(
        "classes_stand_together",
        "You take the images of a class to stand side by side, but they may be scattered: "
        "your rows then hold images of other classes.",
        next_step="Find the images of a class by their labels.",
    ),
    Mistake(
        "query_rows_shuffled",
        "The rows of your query are in another order than those of the support: "
        "row c of the two belongs to different classes.",
        next_step="Use one order of the classes for both.",
    ),
    Mistake(
        "unique_consecutive",
        "Your list of classes names a class several times where its images are scattered, "
        "so that one episode can hold it twice.",
        next_step="`unique_consecutive` merges neighbours only; `unique` lists each value once.",
    ),
    Mistake(
        "classes_with_replacement",
        "You draw the classes with replacement: an episode may hold the same class twice, under two names.",
        next_step="Take the first n_way of a random permutation of the classes.",
        source="Snell et al. 2017, algorithm 1",
    ),
    Mistake(
        "always_the_first_classes",
        "You always take the first classes instead of drawing them: the others never occur in an episode.",
        next_step="Shuffle the classes before you take n_way of them.",
        source="Snell et al. 2017, algorithm 1",
    ),
    Mistake(
        "large_classes_more_often",
        "Classes with many images come more often in your episodes, as if you drew images and took their classes. "
        "Every class should be as likely as any other.",
        next_step="Draw from the list of distinct classes.",
    ),
    Mistake(
        "first_images",
        "You always take the first images of a class: the others never occur in an episode.",
        next_step="Shuffle the images of each class before you take some of them.",
        source="Snell et al. 2017, algorithm 1",
    ),
    Mistake(
        "same_places_in_every_class",
        "You use one draw of positions for all classes, so that every class of an episode uses the images at the same "
        "positions: in Omniglot, the same people's drawings.",
        next_step="Draw anew for each class.",
    ),
    Mistake(
        "images_with_replacement",
        "You draw the images of a class with replacement: the same image may come twice, even within the support.",
        next_step="The first entries of a random permutation are distinct draws.",
    ),
    Mistake(
        "overlapping_draws",
        "You draw the support and the query of a class independently of each other: an image can be in both, "
        "and such a query is classified by looking at itself.",
        next_step="Draw n_support + n_query images at once, then split them.",
        source="Snell et al. 2017, algorithm 1",
    ),
    Mistake(
        "last_support_is_a_query",
        "Your query starts one image too early: the last support image of each class is also its first query.",
        next_step="Look at the bounds of your slices.",
    ),
    Mistake(
        "seeds_the_generator",
        "You seed the generator at every call: all episodes are the same.",
        next_step="Use the generator as it is; each draw moves it on.",
    ),
    Mistake(
        "global_random_state",
        "Some of your draws come from torch's global random state instead of `generator`: "
        "the same generator state gives different episodes.",
        next_step="Pass generator=generator to every function that draws.",
    ),
    Mistake(
        "python_random",
        "You draw with a generator that does not depend on the one you are given, such as Python's `random`: "
        "the same generator state gives different episodes.",
        next_step="Draw with torch, and pass generator=generator to every function that draws.",
    ),
    Mistake(
        "seeds_torch",
        "You seed torch's global random state and draw from it: "
        "whatever else draws from that state in the program is disturbed.",
        next_step="Pass generator=generator to every function that draws.",
    ),
    Mistake(
        "never_complains",
        "You do not check whether there is enough to draw from. Slices never complain: "
        "they silently return fewer classes or images than were asked for.",
        next_step="Compare the counts, and raise a ValueError.",
    ),
    Mistake(
        "assertions_for_errors",
        "You notice that there is too little to draw from, but raise an AssertionError: "
        "the caller expects a ValueError, and `python -O` removes assertions.",
        next_step="Raise a ValueError that says what is missing.",
    ),
    Mistake(
        "any_small_class_is_an_error",
        "You raise an error as soon as any class is too small, although it may not be drawn.",
        next_step="Draw the classes first, then check those that were drawn.",
    ),
    Mistake(
        "small_classes_left_out",
        "You leave out the classes that are too small and draw from the others: "
        "every class is as likely as any other, and one that is too small is an error if it is drawn.",
        next_step="Draw from all classes, then check those that were drawn.",
    ),
)
